use std::borrow::Cow;

use serde_json::{Map, Value};

/// What a model answered, in no dialect.
#[derive(Debug, Clone, PartialEq)]
pub struct Answer {
    /// Its words, if it said any.
    pub text: Option<String>,
    /// What it asks for, in its order. Ids are present and different from each other.
    pub calls: Vec<Call>,
    /// Why it stopped.
    pub stop: Stop,
    /// What it cost, if it says so.
    pub usage: Option<Usage>,
    /// The provider's name for this exchange, for its support.
    pub request_id: Option<String>,
}

/// One thing a model asks for.
#[derive(Debug, Clone, PartialEq)]
pub struct Call {
    /// Joins the result to the call.
    pub id: String,
    /// The tool's name, as the model wrote it.
    pub name: String,
    /// What it is to be called with.
    pub arguments: Arguments,
}

/// Arguments, as far as they can be read.
#[derive(Debug, Clone, PartialEq)]
pub enum Arguments {
    /// A JSON object.
    Object(Map<String, Value>),
    /// Anything else: never run, but shown back to the model so that it can correct itself.
    Unreadable {
        /// What it wrote.
        raw: String,
        /// What is wrong with it.
        problem: String,
    },
}

impl Arguments {
    /// Reads what a model wrote.
    pub fn read(raw: &str) -> Self {
        let unreadable = |problem: String| Self::Unreadable { raw: raw.to_owned(), problem };
        if raw.trim().is_empty() {
            return Self::Object(Map::new());
        }
        match serde_json::from_str(raw) {
            Ok(Value::Object(object)) => Self::Object(object),
            Ok(_) => unreadable("the arguments must be one JSON object".to_owned()),
            Err(error) => unreadable(format!("the arguments are not JSON: {error}")),
        }
    }

    /// The arguments as JSON text, or what the model wrote.
    pub fn text(&self) -> Cow<'_, str> {
        match self {
            Self::Object(object) => Cow::Owned(serde_json::to_string(object).unwrap_or_default()),
            Self::Unreadable { raw, .. } => Cow::Borrowed(raw),
        }
    }
}

/// Why a model stopped.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Stop {
    /// It was done.
    Done,
    /// It waits for the results of its calls.
    ToolUse,
    /// It ran into the limit: the last part of the answer is missing.
    Length,
    /// It, or a filter, refuses.
    Refused,
    /// A word we do not know; the answer is judged by its content.
    Other(String),
}

/// What an exchange cost, in the model's own tokens.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Usage {
    /// Read.
    pub input: u64,
    /// Of those, from the cache.
    pub cached: u64,
    /// Written.
    pub output: u64,
}
