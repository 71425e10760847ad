//! Meta's answers: `{"messages": [{"id"}]}`, or `{"error": {"code", "message", "error_data": {"details"}, …}}`.

use serde::Deserialize;

use crate::providers::exchange::Answer;

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

#[derive(Deserialize)]
struct Refused {
    error: Said,
}

/// The parts of an error that decide what it means.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Said {
    pub code: Option<i64>,
    pub error_subcode: Option<i64>,
    pub is_transient: bool,
    message: String,
    error_data: Details,
    fbtrace_id: String,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Details {
    details: String,
}

impl Said {
    /// Reads what can be read. A body that is no JSON, or broke off, says nothing.
    pub(super) fn read(answer: &Answer) -> Self {
        let body = answer.body.as_deref().and_then(|body| serde_json::from_slice::<Refused>(body).ok());
        body.map(|body| body.error).unwrap_or_default()
    }

    /// Everything it says, with the mark Meta's support asks for.
    pub(super) fn words(&self) -> String {
        let trace = match self.fbtrace_id.as_str() {
            "" => String::new(),
            trace => format!("fbtrace_id {trace}"),
        };
        let parts = [self.message.as_str(), self.error_data.details.as_str(), trace.as_str()];
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
