use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

use crate::emoji;

/// A message as the lists see it: compatibility forms, case, accents and punctuation folded away, words separated by one space.
///
/// "¡SÍ, por favor!" becomes "si por favor". Use it to compare what two messages say; matching goes through the other functions.
pub fn normalise(text: &str) -> String {
    Tokens::of(text).words.join(" ")
}

/// As [`normalise`], but every letter stays as often as it was written: for texts that are checked, not guessed at.
pub fn fold(text: &str) -> String {
    folded_words(text).join(" ")
}

/// The words of one message.
pub(crate) struct Tokens {
    /// Folded words, in order.
    pub(crate) words: Vec<String>,
    /// Some letter stood three times or more in a row ("yesss"), so that doubled letters say nothing about the spelling meant.
    pub(crate) elongated: bool,
}

impl Tokens {
    pub(crate) fn of(text: &str) -> Self {
        let mut words = folded_words(text);
        let elongated = words.iter().any(|word| has_elongation(word));
        if elongated {
            for word in &mut words {
                *word = squeeze(word);
            }
        }
        Self { words, elongated }
    }
}

fn folded_words(text: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut current = String::new();
    for c in text
        .chars()
        .map(straight_apostrophe)
        .filter(|c| !is_invisible(*c))
        .nfkc()
        .flat_map(char::to_lowercase)
        .nfd()
    {
        if let Some(token) = emoji::token(c) {
            words.extend(finish(&mut current));
            words.push(token.to_owned());
        } else if c.is_alphanumeric() {
            match c {
                'ß' => current.push_str("ss"),
                'ø' => current.push('o'),
                _ => current.push(c),
            }
        } else if c != '\'' && !is_combining_mark(c) {
            words.extend(finish(&mut current));
        }
    }
    words.extend(finish(&mut current));
    words
}

/// The word with every run of one letter reduced to a single one, so that "yesss" and "yes" meet. Digits stay: 100 is not 10.
pub(crate) fn squeeze(word: &str) -> String {
    let mut squeezed = String::with_capacity(word.len());
    for c in word.chars() {
        if c.is_numeric() || !squeezed.ends_with(c) {
            squeezed.push(c);
        }
    }
    squeezed
}

fn has_elongation(word: &str) -> bool {
    let mut run = 0;
    let mut last = None;
    word.chars().any(|c| {
        run = if last == Some(c) { run + 1 } else { 1 };
        last = Some(c);
        run >= 3 && c.is_alphabetic()
    })
}

fn finish(current: &mut String) -> Option<String> {
    (!current.is_empty()).then(|| std::mem::take(current))
}

/// The signs people type as an apostrophe. Done first, because NFKC turns some of them into a space and an accent.
fn straight_apostrophe(c: char) -> char {
    match c {
        '\u{2018}' | '\u{2019}' | '\u{201b}' | '\u{2032}' | '\u{02bc}' | '\u{00b4}' | '\u{0060}'
        | '\u{ff07}' => '\'',
        other => other,
    }
}

/// Characters without a shape, which would otherwise split a word that looks whole.
fn is_invisible(c: char) -> bool {
    matches!(c, '\u{00ad}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2064}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}')
}
