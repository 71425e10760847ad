//! Evolution's answers: `{"status", "error", "response": {"message": …}}`, where `message` is a text, a list, a
//! list of lists or a list of objects; and some routes that say `{"error": true, "message": …}` under a 200.

use serde_json::Value;

use crate::providers::exchange::Answer;

/// The parts of an answer that decide what it means.
#[derive(Debug, Default)]
pub(super) struct Said {
    /// Every text in `message`.
    pub texts: Vec<String>,
    /// `message` is a list within a list: what the server's validation of a request writes.
    pub is_validation: bool,
    /// `message` holds an object with `exists: false`.
    pub not_on_whatsapp: bool,
    /// `code` is `LICENSE_REQUIRED`.
    pub licence_required: bool,
    /// `error` is `true`.
    pub is_error: bool,
}

impl Said {
    /// Reads what can be read. A body that is no JSON, or broke off, says nothing.
    pub(super) fn read(answer: &Answer) -> Self {
        let Some(value) = answer.body.as_deref().and_then(|body| serde_json::from_slice::<Value>(body).ok())
        else {
            return Self::default();
        };
        let message = value.pointer("/response/message").or_else(|| value.get("message"));
        let entries = message.and_then(Value::as_array);
        let mut texts = Vec::new();
        if let Some(message) = message {
            collect(message, &mut texts);
        }
        Self {
            texts,
            is_validation: entries.is_some_and(|entries| entries.iter().any(Value::is_array)),
            not_on_whatsapp: entries.is_some_and(|entries| {
                entries.iter().any(|entry| entry.get("exists") == Some(&Value::Bool(false)))
            }),
            licence_required: value.get("code").and_then(Value::as_str) == Some("LICENSE_REQUIRED"),
            is_error: value.get("error") == Some(&Value::Bool(true)),
        }
    }

    /// Whether one of the texts is a wrapped error: `TypeError: …`, not a sentence of the server's own.
    pub(super) fn begins_with_an_error(&self) -> bool {
        let names = |text: &str| text.split_once(':').is_some_and(|(name, _)| is_error_name(name.trim()));
        self.texts.iter().any(|text| names(text))
    }

    /// Whether one of the texts contains `words`.
    pub(super) fn mentions(&self, words: &str) -> bool {
        self.texts.iter().any(|text| text.contains(words))
    }
}

fn is_error_name(name: &str) -> bool {
    name.ends_with("Error") && name.bytes().all(|byte| byte.is_ascii_alphanumeric())
}

/// Texts in lists, at any depth. Objects are left out: they hold names and numbers.
fn collect(message: &Value, texts: &mut Vec<String>) {
    match message {
        Value::String(text) => texts.push(text.clone()),
        Value::Array(entries) => entries.iter().for_each(|entry| collect(entry, texts)),
        _ => {}
    }
}
