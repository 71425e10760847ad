use std::time::Duration;

use http::HeaderMap;
use jiff::Timestamp;
use jiff::fmt::rfc2822::DateTimeParser;
use serde_json::Value;

use crate::model::ModelError;

/// What a status other than 200 means. `body` is the error body as far as it is JSON; `now` reads a date in Retry-After.
pub fn classify(status: u16, headers: &HeaderMap, body: &Value, now: Timestamp) -> ModelError {
    let told_not_to_retry = headers.get("x-should-retry").is_some_and(|value| value == "false");
    let wait = if told_not_to_retry { Some(Duration::MAX) } else { wait(headers, now) };
    match status {
        429 if is_out_of_quota(body) => ModelError::NoQuota,
        402 => ModelError::NoQuota,
        429 => ModelError::RateLimited { wait },
        408 | 409 | 425 | 500..=599 => ModelError::Server { status, wait },
        413 => ModelError::TooLong,
        400 | 422 if is_too_long(body) => ModelError::TooLong,
        400 | 422 if is_filtered(body) => ModelError::Refused,
        401 | 403 | 404 => ModelError::Auth { status },
        _ => ModelError::BadRequest { status },
    }
}

/// Their order is the order of the official clients: milliseconds, then seconds, then a date.
fn wait(headers: &HeaderMap, now: Timestamp) -> Option<Duration> {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).map(str::trim);
    if let Some(ms) = text("retry-after-ms").and_then(|ms| ms.parse::<f64>().ok()) {
        return Duration::try_from_secs_f64(ms / 1000.0).ok();
    }
    let after = text("retry-after")?;
    if let Ok(seconds) = after.parse::<f64>() {
        return Duration::try_from_secs_f64(seconds).ok();
    }
    // HTTP writes GMT where the mail format it comes from wants +0000.
    let date = DateTimeParser::new().parse_timestamp(after.replace("GMT", "+0000")).ok()?;
    Some(Duration::try_from(date.duration_since(now)).unwrap_or(Duration::ZERO))
}

/// Codes differ, and some servers put a number where a word is meant, so code, type and message are all looked at.
fn is_out_of_quota(body: &Value) -> bool {
    mentions(
        body,
        &["insufficient_quota", "quota_exceeded", "billing", "credit balance", "exceeded your current quota"],
    )
}

fn is_too_long(body: &Value) -> bool {
    mentions(
        body,
        &[
            "context_length",
            "context length",
            "maximum context",
            "context window",
            "too many tokens",
            "exceeds the available context",
        ],
    )
}

fn is_filtered(body: &Value) -> bool {
    mentions(body, &["content_filter", "content_policy", "content management policy"])
}

fn mentions(body: &Value, signs: &[&str]) -> bool {
    let error = body.get("error").unwrap_or(body);
    let fields = [error.get("code"), error.get("type"), error.get("message"), Some(error)];
    fields.into_iter().flatten().filter_map(Value::as_str).any(|text| {
        let text = text.to_ascii_lowercase();
        signs.iter().any(|sign| text.contains(sign))
    })
}
