use std::collections::HashMap;

use serde::{Deserialize, Serialize};

use crate::LANGUAGES;

/// How much a guess is worth.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Certainty {
    /// Good enough while nothing better is known.
    Likely,
    /// Good enough to leave the language a conversation is held in.
    Sure,
}

/// The language a message seems to be written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Guess {
    /// ISO 639-1 code, one of [`LANGUAGES`].
    pub language: &'static str,
    /// How much the guess is worth.
    pub certainty: Certainty,
}

/// From this many words of one language, and none of another, a guess is sure.
const SURE_FROM: u32 = 3;
/// From this many words, and twice as many as of any other language, it is likely.
const LIKELY_FROM: u32 = 2;

/// Common words that give a language away, each with the languages that list it as bits.
#[derive(Debug, Default)]
pub(crate) struct Hints(HashMap<String, u8>);

impl Hints {
    pub(crate) fn add(&mut self, word: &str, bit: usize) {
        *self.0.entry(word.to_owned()).or_default() |= 1 << bit;
    }

    /// `listed` holds the languages in which the whole message is a command; all bits when it is none.
    pub(crate) fn guess(&self, words: &[String], listed: u8) -> Option<Guess> {
        if let Some(language) = single(listed) {
            return Some(Guess { language, certainty: Certainty::Likely });
        }
        let mut hits = [0_u32; LANGUAGES.len()];
        for bits in words.iter().filter_map(|word| self.0.get(word)) {
            for (bit, hits) in hits.iter_mut().enumerate() {
                *hits += u32::from(bits >> bit & 1);
            }
        }
        let (best, &most) = hits.iter().enumerate().max_by_key(|(_, hits)| **hits)?;
        let second =
            hits.iter().enumerate().filter(|(bit, _)| *bit != best).map(|(_, hits)| *hits).max().unwrap_or(0);
        let certainty = match (most, second) {
            (SURE_FROM.., 0) => Certainty::Sure,
            (LIKELY_FROM.., _) if most >= 2 * second => Certainty::Likely,
            _ => return None,
        };
        LANGUAGES.get(best).map(|language| Guess { language, certainty })
    }

    #[cfg(test)]
    pub(crate) fn shared(&self) -> Vec<&str> {
        let mut words: Vec<_> =
            self.0.iter().filter(|(_, bits)| bits.count_ones() > 1).map(|(word, _)| word.as_str()).collect();
        words.sort_unstable();
        words
    }
}

fn single(bits: u8) -> Option<&'static str> {
    (bits.count_ones() == 1).then(|| LANGUAGES.get(bits.trailing_zeros() as usize).copied()).flatten()
}
