//! Values of an answer whatever they are written as: a field of another type than described must not hide the others.

use serde_json::Value;

use crate::providers::exchange::Answer;

/// The answer as JSON. `Null`: it is none, or it broke off.
pub(super) fn json(answer: &Answer) -> Value {
    answer.body.as_deref().and_then(|body| serde_json::from_slice(body).ok()).unwrap_or_default()
}

/// A whole number, written as one or as a text.
pub(super) fn number(value: &Value) -> Option<i64> {
    match value {
        Value::Number(number) => number.as_i64().or_else(|| format!("{:.0}", number.as_f64()?).parse().ok()),
        Value::String(text) => text.trim().parse().ok(),
        _ => None,
    }
}

/// A text; empty where there is none.
pub(super) fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}
