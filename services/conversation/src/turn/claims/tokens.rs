#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Number,
    Word,
    Sign,
}

/// A piece of text: digits, letters, or one sign. Letters are folded, so that "às" is "as".
#[derive(Debug, Clone)]
pub(super) struct Token {
    pub(super) kind: Kind,
    pub(super) text: String,
    /// Nothing stands between it and the piece before.
    pub(super) joined: bool,
}

pub(super) fn tokens(text: &str) -> Vec<Token> {
    let mut tokens: Vec<(Kind, String, bool)> = Vec::new();
    let mut joined = false;
    for c in text.chars() {
        let kind = if c.is_ascii_digit() {
            Kind::Number
        } else if c.is_alphabetic() || matches!(c, '\'' | '’') {
            Kind::Word
        } else if c.is_whitespace() {
            joined = false;
            continue;
        } else {
            Kind::Sign
        };
        match tokens.last_mut() {
            Some((last, text, _)) if joined && *last == kind && kind != Kind::Sign => text.push(c),
            _ => tokens.push((kind, c.to_string(), joined)),
        }
        joined = true;
    }
    tokens
        .into_iter()
        .map(|(kind, text, joined)| Token {
            kind,
            text: if kind == Kind::Word { lexicon::fold(&text) } else { text },
            joined,
        })
        .collect()
}

impl Token {
    pub(super) fn number(&self) -> Option<u16> {
        (self.kind == Kind::Number && self.text.len() <= 4).then(|| self.text.parse().ok()).flatten()
    }

    pub(super) fn is(&self, sign: &str) -> bool {
        self.text == sign
    }
}
