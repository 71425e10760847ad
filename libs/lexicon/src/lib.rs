#![doc = include_str!("../README.md")]

mod card;
mod data;
mod emoji;
mod index;
mod language;
mod normalise;
mod word;

#[cfg(test)]
mod tests;

pub use card::{CARD, is_card, replace_numbers, without_card_numbers};
pub use data::DataError;
use index::Index;
pub use language::{Certainty, Guess};
pub use normalise::{fold, normalise};
pub use word::{Danger, Mark, Word};

/// The languages whose words are matched, as ISO 639-1 codes.
pub const LANGUAGES: [&str; 7] = ["en", "es", "pt", "fr", "de", "it", "nl"];

/// Whether every word list could be read. Call it at start: without its lists a service must not answer anybody.
pub fn ready() -> Result<(), &'static DataError> {
    Index::shared().map(|_| ())
}

/// What must be acted on the moment a message is accepted, before any turn.
///
/// An opt-out is recognised only as the whole message, a danger anywhere in it.
pub fn mark(text: &str) -> Option<Mark> {
    let index = Index::shared().ok()?;
    if index.danger(text).is_some() {
        return Some(Mark::RedFlag);
    }
    index.is_opt_out(text).then_some(Mark::OptOut)
}

/// Which danger a message speaks of, if any. Thoughts of self-harm win over other emergencies.
pub fn danger(text: &str) -> Option<Danger> {
    Index::shared().ok()?.danger(text)
}

/// The one thing a message says, if the whole message is made of listed phrases that agree.
pub fn word(text: &str) -> Option<Word> {
    Word::agree(&words(text))
}

/// All the things a message says, in order and without repeats; empty unless the whole message is made of listed phrases.
///
/// "Yes, cancel it" is `[Yes, Cancel]`: beside the right question that is clear, and only the caller knows the question.
pub fn words(text: &str) -> Vec<Word> {
    Index::shared().map(|index| index.words(text)).unwrap_or_default()
}

/// A guess at the language of a message, from command words and common words.
pub fn language(text: &str) -> Option<Guess> {
    Index::shared().ok()?.language(text)
}
