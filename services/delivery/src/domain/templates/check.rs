//! What is wrong with the variables of a template, before a provider says it.

use std::collections::BTreeMap;
use std::fmt;

use super::{Registered, gaps};
use crate::domain::content::Variables;

/// Characters of a template's body once its gaps are filled.
const LONGEST_BODY: usize = 1024;

/// Spaces in a row that WhatsApp takes.
const MOST_SPACES: usize = 4;

/// What is wrong with one variable. Names it, and never says its value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Problem {
    /// The template has a gap for it, and there is no value.
    Missing(String),
    /// There is a value, and no gap.
    Surplus(String),
    /// It holds a line break or a tab.
    LineBreak(String),
    /// It holds too many spaces in a row.
    Spaces(String),
    /// The text is too long with it.
    TooLong {
        /// The length of the filled text.
        characters: usize,
    },
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing(name) => write!(f, "the variable {name} is missing or empty"),
            Self::Surplus(name) => write!(f, "the variable {name} has no gap in the template"),
            Self::LineBreak(name) => write!(f, "the variable {name} holds a line break or a tab"),
            Self::Spaces(name) => {
                write!(f, "the variable {name} holds more than {MOST_SPACES} spaces in a row")
            }
            Self::TooLong { characters } => {
                write!(f, "the filled text has {characters} characters; WhatsApp takes {LONGEST_BODY}")
            }
        }
    }
}

/// A template as a customer would read it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Preview {
    /// Which one.
    pub key: String,
    /// Header, body and footer with the gaps filled, and what stands on the buttons.
    pub text: String,
    /// What is wrong; nothing when it can be sent.
    pub problems: Vec<Problem>,
}

/// The variables in the form the provider wants, and what is wrong with them. `surplus` variables are left out: one list of
/// them serves templates that say less.
pub(super) struct Filled {
    pub variables: Variables,
    pub problems: Vec<Problem>,
}

/// Puts values into a template's gaps. `order` says which variable goes into which numbered gap.
pub(super) fn fill(registered: &Registered, order: &[&str], given: &BTreeMap<&str, String>) -> Filled {
    let names = gaps::names(&registered.body);
    let numbered = gaps::are_numbers(&names);
    let mut problems = Vec::new();
    let mut values = Vec::with_capacity(names.len());
    for gap in &names {
        let name = variable(gap, numbered, order);
        let value = given.get(name).filter(|value| !value.trim().is_empty());
        if value.is_none() {
            problems.push(Problem::Missing(name.to_owned()));
        }
        values.push(((*gap).to_owned(), value.cloned().unwrap_or_default()));
    }
    let text = filled(&registered.body, numbered, order, given);
    let characters = text.chars().count();
    if characters > LONGEST_BODY {
        problems.push(Problem::TooLong { characters });
    }
    let in_order = values.iter().enumerate().all(|(at, (gap, _))| *gap == (at + 1).to_string());
    let variables = if numbered && in_order {
        Variables::Ordered(values.into_iter().map(|(_, value)| value).collect())
    } else {
        Variables::Named(values.into_iter().collect())
    };
    Filled { variables, problems }
}

/// The template as it would be read, with everything that is wrong.
pub(super) fn preview(registered: &Registered, order: &[&str], given: &BTreeMap<&str, String>) -> Preview {
    let names = gaps::names(&registered.body);
    let numbered = gaps::are_numbers(&names);
    let mut problems = fill(registered, order, given).problems;
    let header = registered.header.as_deref().map(gaps::names).unwrap_or_default();
    for (name, value) in given {
        let is_used =
            names.iter().any(|gap| variable(gap, numbered, order) == *name) || header.contains(name);
        if !is_used {
            problems.push(Problem::Surplus((*name).to_owned()));
        }
        if value.contains(['\n', '\r', '\t']) {
            problems.push(Problem::LineBreak((*name).to_owned()));
        }
        if value.contains(&" ".repeat(MOST_SPACES + 1)) {
            problems.push(Problem::Spaces((*name).to_owned()));
        }
    }
    let by_name = |text: &str| gaps::fill(text, |gap| given.get(gap).map(String::as_str));
    let buttons: Vec<String> =
        registered.buttons.iter().map(|button| format!("[{}]", button.title)).collect();
    let parts = [
        registered.header.as_deref().map(by_name),
        Some(filled(&registered.body, numbered, order, given)),
        registered.footer.clone(),
        Some(buttons.join(" ")),
    ];
    let parts: Vec<String> = parts.into_iter().flatten().filter(|part| !part.is_empty()).collect();
    Preview { key: registered.key.clone(), text: parts.join("\n\n"), problems }
}

fn filled(body: &str, numbered: bool, order: &[&str], given: &BTreeMap<&str, String>) -> String {
    gaps::fill(body, |gap| given.get(variable(gap, numbered, order)).map(String::as_str))
}

/// The name of the variable that goes into a gap: a numbered gap without a place in the order goes by its number.
fn variable<'a>(gap: &'a str, numbered: bool, order: &[&'a str]) -> &'a str {
    if !numbered {
        return gap;
    }
    let place = gap.parse::<usize>().ok().and_then(|number| number.checked_sub(1));
    place.and_then(|place| order.get(place).copied()).unwrap_or(gap)
}
