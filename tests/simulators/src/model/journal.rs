//! What the simulated model notes: every request, whole, and what was answered.

use serde::Serialize;
use serde_json::Value;

/// One exchange.
#[derive(Debug, Clone, Serialize)]
pub struct Exchange {
    /// Always `exchange`; for the journal's filter.
    pub what: &'static str,
    /// The request's body as it came.
    pub request: Value,
    /// The answer's body; null when it was no JSON or never given.
    pub answer: Value,
    /// The answer's status; absent when there was no whole answer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
    /// The faults that hit, by their words.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub faults: Vec<String>,
    /// How long the answer took, in microseconds.
    pub took_us: u64,
}

impl Exchange {
    /// The tools called in the answer.
    pub fn called(&self) -> Vec<&str> {
        let calls = self.answer.pointer("/choices/0/message/tool_calls").and_then(Value::as_array);
        let names = calls.into_iter().flatten().filter_map(|call| call.pointer("/function/name"));
        names.filter_map(Value::as_str).collect()
    }

    /// The words of the answer.
    pub fn said(&self) -> &str {
        self.answer.pointer("/choices/0/message/content").and_then(Value::as_str).unwrap_or_default()
    }
}
