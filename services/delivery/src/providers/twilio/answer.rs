//! Twilio's answers: a message with its `sid`, or `{"code", "message", "more_info", "status"}`.

use serde::Deserialize;

use crate::providers::exchange::Answer;
use crate::providers::loosely;

/// The longest id that is believed. Real ones have 34 characters.
const LONGEST_ID: usize = 64;

#[derive(Deserialize)]
struct Created {
    sid: String,
}

/// The parts of an error that decide what it means.
#[derive(Debug, Default)]
pub(super) struct Said {
    pub code: Option<i64>,
    pub message: String,
}

impl Said {
    /// Reads what can be read. A body that is no JSON, or broke off, says nothing.
    pub(super) fn read(answer: &Answer) -> Self {
        let body = loosely::json(answer);
        Self { code: loosely::number(&body["code"]), message: loosely::text(&body["message"]) }
    }
}

/// The code of a message that was made and has failed in the same breath; blank where there is none. Nothing more will be said
/// of it: there is no callback for the first status.
pub(super) fn failed_at_once(answer: &Answer) -> Option<String> {
    let body = loosely::json(answer);
    let has_failed = matches!(body["status"].as_str(), Some("failed" | "undelivered" | "canceled"));
    has_failed.then(|| loosely::number(&body["error_code"]).map(|code| code.to_string()).unwrap_or_default())
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
