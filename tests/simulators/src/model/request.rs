//! A chat-completions request, read as leniently as the servers of the field read it.

use serde::{Deserialize, Deserializer};
use serde_json::Value;

/// What a model sees, all of it.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct ChatRequest {
    /// The model asked for.
    pub model: String,
    /// The conversation, oldest first.
    pub messages: Vec<Message>,
    /// The tools offered.
    pub tools: Vec<Tool>,
    /// Streamed answers are not simulated.
    pub stream: bool,
}

/// Who speaks in a [`Message`].
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// The rules and the facts; also written `developer`.
    #[serde(alias = "developer")]
    System,
    /// The customer.
    User,
    /// The model, earlier.
    Assistant,
    /// The result of a tool.
    Tool,
    /// Anything else, ignored.
    #[default]
    #[serde(other)]
    Other,
}

/// One message.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct Message {
    /// Who speaks.
    pub role: Role,
    /// The words; parts are joined, null is empty.
    #[serde(deserialize_with = "words")]
    pub content: String,
    /// The calls the model made in this message.
    pub tool_calls: Vec<ToolCall>,
    /// For results: the call they answer.
    pub tool_call_id: Option<String>,
}

/// A call the model made earlier.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct ToolCall {
    /// Ties the result to the call.
    pub id: String,
    /// What was called.
    pub function: CalledFunction,
}

/// The function of a [`ToolCall`].
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct CalledFunction {
    /// Its name.
    pub name: String,
    /// JSON in a text.
    pub arguments: String,
}

/// A tool offered.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct Tool {
    /// Its function.
    pub function: OfferedFunction,
}

/// The function of a [`Tool`].
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct OfferedFunction {
    /// Its name.
    pub name: String,
    /// What it is for.
    pub description: String,
    /// JSON schema of its arguments.
    pub parameters: Value,
}

impl ChatRequest {
    /// The tool of that name, if it is offered.
    pub fn tool(&self, name: &str) -> Option<&OfferedFunction> {
        self.tools.iter().map(|tool| &tool.function).find(|function| function.name == name)
    }

    /// What the customer said last.
    pub fn last_words(&self) -> &str {
        self.messages
            .iter()
            .rev()
            .find(|message| message.role == Role::User)
            .map_or("", |message| &message.content)
    }

    /// The result of the last call, when the request ends with one.
    pub fn last_result(&self) -> Option<&str> {
        let last = self.messages.iter().rev().find(|message| message.role != Role::System)?;
        (last.role == Role::Tool).then_some(last.content.as_str())
    }

    /// How many results came since the customer spoke: the number of calls made in this turn.
    pub fn results_in_turn(&self) -> usize {
        let since = self.messages.iter().rev().take_while(|message| message.role != Role::User);
        since.filter(|message| message.role == Role::Tool).count()
    }

    /// The characters of all messages, from which token counts are guessed.
    pub fn length(&self) -> usize {
        let called = |call: &ToolCall| call.function.arguments.len() + call.function.name.len();
        let calls = |message: &Message| message.tool_calls.iter().map(called).sum::<usize>();
        self.messages.iter().map(|message| message.content.len() + calls(message)).sum()
    }
}

/// A text, an array of parts, or null.
fn words<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    Ok(match Value::deserialize(deserializer)? {
        Value::String(text) => text,
        Value::Array(parts) => {
            let texts = parts.iter().filter_map(|part| part.get("text").and_then(Value::as_str));
            texts.collect::<Vec<_>>().join("\n")
        }
        _ => String::new(),
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_shapes_of_the_field_are_read() {
        let request: ChatRequest = serde_json::from_value(json!({
            "model": "m", "max_tokens": 5, "parallel_tool_calls": false,
            "messages": [
                {"role": "developer", "content": "rules"},
                {"role": "user", "content": [{"type": "text", "text": "Hi"}, {"type": "text", "text": "there"}]},
                {"role": "assistant", "content": null, "tool_calls": [
                    {"id": "c1", "type": "function", "function": {"name": "find_slots", "arguments": "{}"}}]},
                {"role": "tool", "tool_call_id": "c1", "content": "{\"slots\":[]}"},
                {"role": "system", "content": "card"},
            ],
            "tools": [{"type": "function", "function": {"name": "find_slots", "parameters": {"type": "object"}}}],
        }))
        .unwrap();
        assert_eq!(request.messages[0].role, Role::System);
        assert_eq!(request.last_words(), "Hi\nthere");
        assert_eq!((request.last_result(), request.results_in_turn()), (Some(r#"{"slots":[]}"#), 1));
        assert!(request.tool("find_slots").is_some() && request.tool("book").is_none());
    }
}
