//! The customer's phone, through the control API of whatsapp-sim: writing, and seeing what happens.

use std::collections::VecDeque;
use std::time::Duration;

use serde::Deserialize;
use serde_json::json;
use tokio::time::Instant;

use crate::http::{CallError, Client, Target};
use crate::journal::Noted;
use crate::whatsapp::Entry;

/// Long enough to save calls, short enough to notice a simulator that went away.
const POLL_MS: u64 = 2_000;

/// What kept the phone from working.
#[derive(Debug, thiserror::Error)]
pub(super) enum PhoneError {
    #[error("whatsapp-sim does not answer")]
    Unreachable(#[from] CallError),
    #[error("whatsapp-sim refused: {0}")]
    Refused(String),
    #[error("whatsapp-sim answered something that is no journal")]
    Unreadable(#[from] serde_json::Error),
}

#[derive(Deserialize)]
struct Written {
    seq: u64,
}

/// One customer's phone.
pub(super) struct Phone {
    client: Client,
    instance: Option<String>,
    pub number: String,
    waiting: VecDeque<Noted<Entry>>,
    since: u64,
}

impl Phone {
    pub fn new(target: Target, instance: Option<String>, number: String) -> Self {
        Self { client: Client::new(target, 2, &[]), instance, number, waiting: VecDeque::new(), since: 0 }
    }

    /// Writes, and returns the number of the message in the journal: what is seen after it may answer it.
    pub async fn write(&self, text: &str) -> Result<u64, PhoneError> {
        let mut body = json!({"text": text});
        if let Some(instance) = &self.instance {
            body["instance"] = json!(instance);
        }
        let path = format!("/sim/customers/{}/messages", self.number);
        let answer = self.client.post(&path, body.to_string().as_bytes(), Duration::from_secs(5)).await?;
        if answer.is_success() {
            return Ok(answer.json::<Written>()?.seq);
        }
        Err(PhoneError::Refused(String::from_utf8_lossy(&answer.body).into_owned()))
    }

    /// The next thing that happens to this customer; `None` when nothing does until the deadline.
    pub async fn next(&mut self, deadline: Instant) -> Result<Option<Noted<Entry>>, PhoneError> {
        loop {
            if let Some(noted) = self.waiting.pop_front() {
                return Ok(Some(noted));
            }
            let left = deadline.saturating_duration_since(Instant::now());
            let wait_ms = u64::try_from(left.as_millis()).unwrap_or(POLL_MS).min(POLL_MS);
            let path = format!(
                "/sim/journal?format=array&since={}&wait_ms={wait_ms}&number={}",
                self.since, self.number
            );
            let answer = self.client.get(&path, Duration::from_millis(wait_ms + 5_000)).await?;
            if !answer.is_success() {
                return Err(PhoneError::Refused(String::from_utf8_lossy(&answer.body).into_owned()));
            }
            let entries: Vec<Noted<Entry>> = answer.json()?;
            self.since = entries.last().map_or(self.since, |noted| noted.seq);
            self.waiting.extend(entries);
            if self.waiting.is_empty() && wait_ms == 0 {
                return Ok(None);
            }
        }
    }
}
