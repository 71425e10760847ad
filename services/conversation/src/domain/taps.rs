use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// Answers that can be tapped below a text, where the customer's WhatsApp shows any. The text says by itself how to answer in
/// words.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Taps {
    /// Up to three.
    Buttons(Vec<Tap>),
    /// Up to ten, behind a button.
    List {
        /// What stands on the button that opens the list.
        button: String,
        /// The lines.
        rows: Vec<Tap>,
    },
}

/// One answer to tap.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tap {
    /// What comes back when it is tapped.
    pub id: String,
    /// What stands on it.
    pub title: String,
    /// What stands below, in a list.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
}

/// The template that says the same, for when the customer has been silent for so long that only one may go.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Fallback {
    /// The part it plays; which template that is, the channel knows.
    pub part: &'static str,
    /// The language the customer should read.
    pub language: &'static str,
    /// The values of its gaps, by the names authors of templates know.
    pub variables: BTreeMap<&'static str, String>,
}
