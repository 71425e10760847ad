use std::collections::BTreeMap;

use serde::Deserialize;
use thiserror::Error;

/// Why a word list cannot be used.
#[derive(Debug, Error)]
pub enum DataError {
    /// The file is not what a word list looks like.
    #[error("the word list \"{language}\" cannot be read; correct libs/lexicon/languages/{language}.toml")]
    Unreadable {
        /// Which list.
        language: &'static str,
        /// What is wrong and where.
        source: Box<toml::de::Error>,
    },
    /// An entry can never match.
    #[error(
        "the word list \"{language}\" holds \"{phrase}\", which has no word or more than six; shorten or remove it"
    )]
    Phrase {
        /// Which list.
        language: &'static str,
        /// The entry.
        phrase: String,
    },
}

/// One language's file.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct File {
    #[cfg_attr(
        not(test),
        expect(dead_code, reason = "kept with the data for its readers, and checked by a test")
    )]
    pub(crate) about: About,
    pub(crate) words: Words,
    pub(crate) numbers: BTreeMap<u8, Vec<String>>,
    pub(crate) fillers: Fillers,
    pub(crate) danger: Dangers,
    pub(crate) hints: Hints,
}

/// Where a list comes from and who answers for it.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(
    not(test),
    expect(dead_code, reason = "kept with the data for its readers, and checked by a test")
)]
pub(crate) struct About {
    pub(crate) language: String,
    pub(crate) owner: String,
    pub(crate) source: String,
    pub(crate) native_reviews: u8,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Words {
    pub(crate) yes: Vec<String>,
    pub(crate) ok: Vec<String>,
    pub(crate) no: Vec<String>,
    pub(crate) confirm: Vec<String>,
    pub(crate) cancel: Vec<String>,
    pub(crate) keep: Vec<String>,
    pub(crate) reschedule: Vec<String>,
    pub(crate) person: Vec<String>,
    pub(crate) menu: Vec<String>,
    pub(crate) start: Vec<String>,
    pub(crate) quit: Vec<String>,
    pub(crate) greeting: Vec<String>,
    pub(crate) thanks: Vec<String>,
    pub(crate) robot: Vec<String>,
    pub(crate) opt_out: Vec<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Fillers {
    /// May stand anywhere in a message without changing what it says.
    pub(crate) polite: Vec<String>,
    /// May stand directly before a number.
    pub(crate) before_number: Vec<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Dangers {
    pub(crate) emergency: Vec<String>,
    pub(crate) self_harm: Vec<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Hints {
    pub(crate) words: Vec<String>,
}

pub(crate) fn parse(language: &'static str, toml: &str) -> Result<File, DataError> {
    toml::from_str(toml).map_err(|source| DataError::Unreadable { language, source: Box::new(source) })
}
