//! Meta's answers: `{"messages": [{"id"}]}`, or `{"error": {"code", "message", "error_data": {"details"}, …}}`.

use serde::Deserialize;

use crate::providers::exchange::Answer;
use crate::providers::loosely;

/// The longest id that is believed. They are opaque and longer than 64 characters.
const LONGEST_ID: usize = 512;

#[derive(Deserialize)]
struct Sent {
    messages: Vec<Message>,
}

#[derive(Deserialize)]
struct Message {
    id: String,
}

/// The parts of an error that decide what it means.
#[derive(Debug, Default)]
pub(super) struct Said {
    pub code: Option<i64>,
    pub error_subcode: Option<i64>,
    pub is_transient: bool,
    message: String,
    details: String,
    fbtrace_id: String,
}

impl Said {
    /// Reads what can be read. A body that is no JSON, or broke off, says nothing.
    pub(super) fn read(answer: &Answer) -> Self {
        let body = loosely::json(answer);
        let error = &body["error"];
        Self {
            code: loosely::number(&error["code"]),
            error_subcode: loosely::number(&error["error_subcode"]),
            is_transient: error["is_transient"] == true,
            message: loosely::text(&error["message"]),
            details: loosely::text(&error["error_data"]["details"]),
            fbtrace_id: loosely::text(&error["fbtrace_id"]),
        }
    }

    /// Everything it says, with the mark Meta's support asks for.
    pub(super) fn words(&self) -> String {
        let trace = match self.fbtrace_id.as_str() {
            "" => String::new(),
            trace => format!("fbtrace_id {trace}"),
        };
        let parts = [self.message.as_str(), self.details.as_str(), trace.as_str()];
        parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join("; ")
    }
}

/// The id of the message that was taken.
pub(super) fn message_id(answer: &Answer) -> Option<String> {
    let sent: Sent = serde_json::from_slice(answer.body.as_deref()?).ok()?;
    let id = sent.messages.into_iter().next()?.id;
    let fits = (1..=LONGEST_ID).contains(&id.len()) && id.bytes().all(|byte| byte.is_ascii_graphic());
    fits.then_some(id)
}
