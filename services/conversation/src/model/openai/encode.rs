use serde_json::{Map, Value, json};

use crate::model::{Message, Request};

/// Where servers of this dialect differ.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Profile {
    /// The name of the field that limits the answer.
    pub limit_field: LimitField,
    /// The model has a fixed temperature and refuses another.
    pub fixed_temperature: bool,
    /// The server refuses the switch that asks for one call at a time.
    pub no_parallel_switch: bool,
}

/// The two names of the field that limits an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum LimitField {
    /// The present one; reasoning models accept no other.
    #[default]
    MaxCompletionTokens,
    /// The former one, which older compatible servers know.
    MaxTokens,
}

/// The request as JSON. The same request always gives the same bytes, since providers cache by prefix.
pub fn encode(request: &Request, profile: Profile) -> Value {
    let mut body = Map::new();
    body.insert("model".to_owned(), json!(request.model));
    body.insert("messages".to_owned(), request.messages.iter().map(message).collect());
    if !request.tools.is_empty() {
        body.insert("tools".to_owned(), request.tools.iter().map(|tool| {
            json!({ "type": "function", "function": { "name": tool.name, "description": tool.description, "parameters": tool.parameters } })
        }).collect());
        body.insert("tool_choice".to_owned(), json!("auto"));
        if !profile.no_parallel_switch {
            body.insert("parallel_tool_calls".to_owned(), json!(false));
        }
    }
    if !profile.fixed_temperature {
        // Through f64 a temperature of 0.2 would be sent as 0.20000000298.
        let temperature = (f64::from(request.temperature) * 1000.0).round() / 1000.0;
        body.insert("temperature".to_owned(), json!(temperature));
    }
    let limit = match profile.limit_field {
        LimitField::MaxCompletionTokens => "max_completion_tokens",
        LimitField::MaxTokens => "max_tokens",
    };
    body.insert(limit.to_owned(), json!(request.max_output_tokens));
    Value::Object(body)
}

fn message(message: &Message) -> Value {
    match message {
        Message::System(text) => json!({ "role": "system", "content": text }),
        Message::User(text) => json!({ "role": "user", "content": text }),
        Message::Assistant { text, calls } if calls.is_empty() => {
            json!({ "role": "assistant", "content": text })
        }
        Message::Assistant { text, calls } => {
            let calls: Vec<_> = calls
                .iter()
                .map(|call| json!({ "id": call.id, "type": "function", "function": { "name": call.name, "arguments": call.arguments.text() } }))
                .collect();
            json!({ "role": "assistant", "content": text, "tool_calls": calls })
        }
        Message::Tool { call_id, content } => {
            json!({ "role": "tool", "tool_call_id": call_id, "content": content })
        }
    }
}
