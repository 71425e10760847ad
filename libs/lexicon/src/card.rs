//! Card numbers, which are kept nowhere.

/// Stands for a card number.
pub const CARD: &str = "[card number removed]";

/// `text` with every card number replaced by [`CARD`]; `None` if there is none. For whoever stores the text.
pub fn without_card_numbers(text: &str) -> Option<String> {
    let mut found = false;
    let redacted = replace_numbers(text, &mut |_, digits| {
        let card = is_card(digits);
        found |= card;
        card.then(|| CARD.to_owned())
    });
    found.then_some(redacted)
}

/// `text` with those runs replaced for which `replace` says so; it is given the run and its digits alone. Runs of digits as people write long numbers: with spaces, dashes, dots and brackets in between, perhaps a plus before.
pub fn replace_numbers(text: &str, replace: &mut dyn FnMut(&str, &str) -> Option<String>) -> String {
    let mut redacted = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = rest.find(|c: char| c.is_ascii_digit() || c == '+') {
        let (before, from) = rest.split_at(start);
        redacted.push_str(before);
        let end = number_end(from);
        let (run, after) = from.split_at(end);
        let digits: String = run.chars().filter(char::is_ascii_digit).collect();
        match replace(run, &digits) {
            Some(placeholder) => redacted.push_str(&placeholder),
            None => redacted.push_str(run),
        }
        rest = after;
    }
    redacted.push_str(rest);
    redacted
}

/// Behind the last digit of the run that begins at the start of `text`; at least one character.
fn number_end(text: &str) -> usize {
    let mut end = text.chars().next().map_or(0, char::len_utf8);
    let mut gap = 0;
    for (at, c) in text.char_indices().skip(1) {
        match c {
            '0'..='9' => {
                end = at + 1;
                gap = 0;
            }
            ' ' | '-' | '.' | '(' | ')' | '/' | '\u{a0}' if gap < 2 => gap += 1,
            _ => break,
        }
    }
    end
}

/// 13 to 19 digits with a valid check digit (Luhn).
pub fn is_card(digits: &str) -> bool {
    if !(13..=19).contains(&digits.len()) || digits.bytes().all(|b| b == b'0') {
        return false;
    }
    let sum: u32 = digits
        .bytes()
        .rev()
        .map(|b| u32::from(b.saturating_sub(b'0')))
        .enumerate()
        .map(|(at, digit)| match (at % 2 == 1, digit * 2) {
            (false, _) => digit,
            (true, doubled) if doubled > 9 => doubled - 9,
            (true, doubled) => doubled,
        })
        .sum();
    sum.is_multiple_of(10)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_card_number_goes_and_a_telephone_number_stays() {
        for card in ["4111 1111 1111 1111", "4111-1111-1111-1111", "4111111111111111"] {
            let text = format!("my card is {card}, thanks");
            assert_eq!(
                without_card_numbers(&text).as_deref(),
                Some("my card is [card number removed], thanks")
            );
        }
        for other in ["call +351 912 345 678", "4111 1111 1111 1112", "on 2026-03-05 at 10:00", ""] {
            assert_eq!(without_card_numbers(other), None, "{other}");
        }
    }
}
