use super::tokens::{Kind, Token, tokens};
use crate::texts::{Claims, Texts};

/// Amounts of money, as their digits.
pub(in crate::turn) fn prices(text: &str, texts: &Texts) -> Vec<String> {
    let tokens = tokens(text);
    let mut found = Vec::new();
    let mut at = 0;
    while at < tokens.len() {
        if tokens[at].kind != Kind::Number {
            at += 1;
            continue;
        }
        let mut amount = tokens[at].text.clone();
        let mut end = at + 1;
        while let [sign, digits, ..] = &tokens[end..]
            && sign.joined
            && matches!(sign.text.as_str(), "." | ",")
            && digits.joined
            && digits.kind == Kind::Number
        {
            amount.push('.');
            amount.push_str(&digits.text);
            end += 2;
        }
        if is_money(&tokens, at, end - at, texts.claims()) {
            found.push(amount.strip_suffix(".00").unwrap_or(&amount).to_owned());
        }
        at = end;
    }
    found
}

/// Whether the number there is an amount of money.
pub(super) fn is_money(tokens: &[Token], at: usize, length: usize, claims: &[Claims]) -> bool {
    let before = at.checked_sub(1).and_then(|before| tokens.get(before));
    let after = tokens.get(at + length);
    before.is_some_and(|token| is_currency_sign(&token.text) || token.text == "r$")
        || after.is_some_and(|token| {
            is_currency_sign(&token.text)
                || claims.iter().any(|claims| claims.currencies.contains(&token.text))
        })
}

fn is_currency_sign(text: &str) -> bool {
    matches!(text, "€" | "$" | "£" | "¥")
}
