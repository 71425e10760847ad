use serde::Deserialize;

/// The words with which a language claims things, folded as `lexicon` folds messages.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Claims {
    /// Something was done.
    pub done: Vec<String>,
    /// Something was undone or moved.
    pub undone: Vec<String>,
    /// Something is free, or nothing is.
    pub available: Vec<String>,
    /// Somebody will do something later.
    pub promises: Vec<String>,
    /// Medical advice.
    pub advice: Vec<String>,
    /// Being a person.
    pub human: Vec<String>,
    /// Before an hour: "at".
    pub before_hours: Vec<String>,
    /// Hours in letters, one to twelve.
    pub hours: [String; 12],
    /// Behind an hour: "o'clock".
    pub after_hours: Vec<String>,
    /// Twelve o'clock.
    pub noon: Vec<String>,
    /// Zero o'clock.
    pub midnight: Vec<String>,
    /// Names of money.
    pub currencies: Vec<String>,
}
