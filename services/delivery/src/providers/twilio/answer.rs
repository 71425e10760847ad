//! Twilio's answers: a message with its `sid`, or `{"code", "message", "more_info", "status"}`.

use serde::Deserialize;

use crate::providers::exchange::Answer;

/// The longest id that is believed. Real ones have 34 characters.
const LONGEST_ID: usize = 64;

#[derive(Deserialize)]
struct Created {
    sid: String,
}

/// The parts of an error that decide what it means.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Said {
    pub code: Option<i64>,
    pub message: String,
}

impl Said {
    /// Reads what can be read. A body that is no JSON, or broke off, says nothing.
    pub(super) fn read(answer: &Answer) -> Self {
        answer.body.as_deref().and_then(|body| serde_json::from_slice(body).ok()).unwrap_or_default()
    }
}

/// The id of the message that was taken.
pub(super) fn message_id(answer: &Answer) -> Option<String> {
    let created: Created = serde_json::from_slice(answer.body.as_deref()?).ok()?;
    Some(created.sid).filter(|sid| is_id(sid))
}

/// Ids are short and printable; anything else could not be stored or matched.
pub(super) fn is_id(id: &str) -> bool {
    (1..=LONGEST_ID).contains(&id.len()) && id.bytes().all(|byte| byte.is_ascii_graphic())
}
