//! What the control APIs of both simulators share.

use serde::Serialize;
use serde_json::json;

use crate::http::{Reply, Request};
use crate::journal::Noted;

/// A refusal that says what was wrong.
pub(crate) fn refuse(status: u16, problem: &str) -> Reply {
    Reply::json(status, &json!({"error": problem}))
}

/// The parameters of `GET /sim/journal`.
pub(crate) struct JournalQuery {
    pub since: u64,
    pub limit: usize,
    pub wait_ms: u64,
    what: Option<String>,
    array: bool,
}

impl JournalQuery {
    pub fn of(request: &Request) -> Result<Self, String> {
        let number = |name: &str, default: u64| match request.query(name) {
            None => Ok(default),
            Some(text) => text.parse().map_err(|_| format!("`{name}` is not a whole number")),
        };
        Ok(Self {
            since: number("since", 0)?,
            limit: usize::try_from(number("limit", 10_000)?).unwrap_or(usize::MAX),
            wait_ms: number("wait_ms", 0)?.min(60_000),
            what: request.query("what"),
            array: request.query("format").as_deref() == Some("array"),
        })
    }

    /// True when entries of this kind are asked for.
    pub fn wants(&self, word: &str) -> bool {
        self.what.as_deref().is_none_or(|words| words.split(',').any(|wanted| wanted == word))
    }

    /// The entries as JSON lines or as one array; a header tells how far back the journal reaches.
    pub fn reply<E: Serialize>(&self, found: &[Noted<E>], oldest: u64) -> Reply {
        let reply = if self.array {
            Reply::json(200, &found)
        } else {
            let mut lines = Vec::new();
            for noted in found {
                if serde_json::to_writer(&mut lines, noted).is_ok() {
                    lines.push(b'\n');
                }
            }
            Reply::new(200, "application/x-ndjson", lines)
        };
        reply.header("x-journal-oldest", oldest.to_string())
    }
}
