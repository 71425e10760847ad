use std::time::Duration;

use serde_json::Value;

use super::Call;

/// What a model is asked, in no dialect.
#[derive(Debug, Clone, PartialEq)]
pub struct Request {
    /// Which model.
    pub model: String,
    /// The conversation, stable parts first, so that the provider's prefix cache works.
    pub messages: Vec<Message>,
    /// What it may ask for. The order is part of the stable prefix.
    pub tools: Vec<ToolSpec>,
    /// Sampling temperature.
    pub temperature: f32,
    /// Most tokens of the answer.
    pub max_output_tokens: u32,
    /// How long this one attempt may take.
    pub timeout: Duration,
}

/// One message of a request.
#[derive(Debug, Clone, PartialEq)]
pub enum Message {
    /// What the business says.
    System(String),
    /// What the customer says.
    User(String),
    /// What was answered.
    Assistant {
        /// Its words.
        text: Option<String>,
        /// What it asked for.
        calls: Vec<Call>,
    },
    /// What came of a call.
    Tool {
        /// Which call.
        call_id: String,
        /// The result, as JSON.
        content: String,
    },
}

impl Message {
    /// Its length in bytes, as the token budget counts it.
    pub fn bytes(&self) -> usize {
        match self {
            Self::System(text) | Self::User(text) => text.len(),
            Self::Assistant { text, calls } => {
                text.as_ref().map_or(0, String::len)
                    + calls.iter().map(|call| call.name.len() + call.arguments.text().len()).sum::<usize>()
            }
            Self::Tool { content, .. } => content.len(),
        }
    }
}

/// A tool as it is described to a model.
#[derive(Debug, Clone, PartialEq)]
pub struct ToolSpec {
    /// Its name: letters, digits and `_`.
    pub name: &'static str,
    /// When to use it.
    pub description: &'static str,
    /// JSON Schema of its arguments.
    pub parameters: Value,
}
