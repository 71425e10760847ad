//! What a brain answers, and its shape on the wire.

use serde_json::{Value, json};

use super::request::ChatRequest;

/// An answer of a brain: words, calls, or both.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Answer {
    /// The words.
    pub text: Option<String>,
    /// The calls.
    pub calls: Vec<Call>,
}

/// A call of a tool.
#[derive(Debug, Clone, PartialEq)]
pub struct Call {
    /// The tool.
    pub name: String,
    /// Its arguments.
    pub arguments: Value,
}

impl Answer {
    /// Words only.
    pub fn says(text: impl Into<String>) -> Self {
        Self { text: Some(text.into()), calls: Vec::new() }
    }

    /// One call only.
    pub fn calls(name: impl Into<String>, arguments: Value) -> Self {
        Self { text: None, calls: vec![Call { name: name.into(), arguments }] }
    }

    /// The completion as the API returns it.
    pub(super) fn completion(&self, request: &ChatRequest, id: &str, created: i64) -> Value {
        let calls: Vec<Value> = self
            .calls
            .iter()
            .enumerate()
            .map(|(at, call)| {
                json!({
                    "id": format!("call_{}{at}", id.trim_start_matches("chatcmpl-")),
                    "type": "function",
                    "function": {"name": call.name, "arguments": call.arguments.to_string()},
                })
            })
            .collect();
        let mut message = json!({"role": "assistant", "content": self.text, "refusal": null});
        let finish_reason = if calls.is_empty() {
            "stop"
        } else {
            message["tool_calls"] = Value::Array(calls);
            "tool_calls"
        };
        let prompt = tokens(request.length());
        let words = self.text.as_deref().map_or(0, str::len);
        let completion = tokens(
            words + self.calls.iter().map(|call| call.arguments.to_string().len() + 16).sum::<usize>(),
        );
        json!({
            "id": id,
            "object": "chat.completion",
            "created": created,
            "model": request.model,
            "choices": [{"index": 0, "message": message, "logprobs": null, "finish_reason": finish_reason}],
            "usage": {
                "prompt_tokens": prompt,
                "completion_tokens": completion,
                "total_tokens": prompt + completion,
                "prompt_tokens_details": {"cached_tokens": 0},
                "completion_tokens_details": {"reasoning_tokens": 0},
            },
            "system_fingerprint": null,
        })
    }
}

/// About four characters a token, as English has it.
fn tokens(characters: usize) -> usize {
    characters.div_ceil(4)
}
