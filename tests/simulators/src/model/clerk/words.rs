//! A customer's words, folded so that tables of words can be matched against them.

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// Lower case, without accents and apostrophes, cut into words; `10:00`, `5/3` and `2026-03-05` stay whole.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Words(pub Vec<String>);

impl Words {
    pub fn of(text: &str) -> Self {
        let folded: Vec<char> = text
            .nfkd()
            .filter(|letter| !is_combining_mark(*letter) && !matches!(letter, '\'' | '’' | '`' | '´'))
            .flat_map(char::to_lowercase)
            .collect();
        let mut words = vec![String::new()];
        for (at, letter) in folded.iter().enumerate() {
            let before = at.checked_sub(1).and_then(|at| folded.get(at));
            let after = folded.get(at + 1);
            let between_digits =
                [before, after].into_iter().all(|near| near.is_some_and(char::is_ascii_digit));
            if letter.is_alphanumeric() || (matches!(letter, ':' | '.' | '/' | '-') && between_digits) {
                // "pleeeease": three of a kind are one.
                let elongated = letter.is_alphabetic()
                    && before == Some(letter)
                    && at >= 2
                    && folded.get(at - 2) == Some(letter);
                if let (false, Some(word)) = (elongated, words.last_mut()) {
                    word.push(*letter);
                }
            } else if words.last().is_some_and(|word| !word.is_empty()) {
                words.push(String::new());
            }
        }
        words.retain(|word| !word.is_empty());
        Self(words)
    }

    pub fn get(&self, at: usize) -> &str {
        self.0.get(at).map_or("", String::as_str)
    }

    /// The word before `at`.
    pub fn before(&self, at: usize) -> &str {
        at.checked_sub(1).map_or("", |at| self.get(at))
    }

    pub fn len(&self) -> usize {
        self.0.len()
    }

    pub fn iter(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(String::as_str)
    }

    /// True when one of the expressions occurs; an expression is one or several words in a row.
    pub fn has(&self, expressions: &[&str]) -> bool {
        expressions.iter().any(|expression| self.position(expression).is_some())
    }

    /// Where an expression begins.
    pub fn position(&self, expression: &str) -> Option<usize> {
        let wanted: Vec<&str> = expression.split(' ').collect();
        (0..self.len()).find(|at| wanted.iter().enumerate().all(|(nth, word)| self.get(at + nth) == *word))
    }

    /// The words from `at` on.
    pub fn from(&self, at: usize) -> Self {
        Self(self.0.get(at..).unwrap_or_default().to_vec())
    }

    /// The words before `at`.
    pub fn until(&self, at: usize) -> Self {
        Self(self.0.get(..at).unwrap_or_default().to_vec())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_folded_and_cut() {
        let cases: [(&str, &[&str]); 6] = [
            ("Don't cancel!", &["dont", "cancel"]),
            ("¿Tiene hora MAÑANA a las 10:00?", &["tiene", "hora", "manana", "a", "las", "10:00"]),
            ("Pleeeease, at 5.30pm", &["pleease", "at", "5.30pm"]),
            ("5/3 or 2026-03-05.", &["5/3", "or", "2026-03-05"]),
            ("I’d like 1.", &["id", "like", "1"]),
            (" 👍 ", &[]),
        ];
        for (text, words) in cases {
            assert_eq!(Words::of(text).0, words, "{text}");
        }
    }

    #[test]
    fn expressions_are_whole_words_in_a_row() {
        let words = Words::of("I can not make it on Thursday");
        assert!(words.has(&["make it"]) && !words.has(&["make the"]) && !words.has(&["thurs"]));
        assert_eq!(words.position("make it"), Some(3));
    }
}
