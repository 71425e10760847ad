//! Evolution's message object: in the answer to a send, in webhooks, and in look-ups.

use std::sync::OnceLock;

use rand::Rng;
use serde::Serialize;
use serde_json::value::RawValue;
use serde_json::{Map, Value};

/// A message object with everything it borrows.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct MessageObject<'a> {
    pub key: Key<'a>,
    pub push_name: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<&'static str>,
    pub message: Content<'a>,
    pub message_type: &'static str,
    pub message_timestamp: i64,
    pub instance_id: &'a str,
    pub source: &'static str,
}

/// Which message, in which chat, from which side.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Key<'a> {
    pub remote_jid: &'a str,
    pub from_me: bool,
    pub id: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub addressing_mode: Option<&'static str>,
}

/// The content: a text, or a file.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Content<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub conversation: Option<&'a str>,
    #[serde(flatten)]
    pub file: Option<Map<String, Value>>,
    /// Side keys that phones add and nobody needs.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub message_context_info: Option<&'static RawValue>,
}

impl<'a> MessageObject<'a> {
    /// A text sent through the API: Evolution calls its author "Você", whatever the language.
    pub fn sent(jid: &'a str, id: &'a str, text: &'a str, at_s: i64, instance_id: &'a str) -> Self {
        Self {
            key: Key { remote_jid: jid, from_me: true, id, addressing_mode: None },
            push_name: "Você",
            status: Some("PENDING"),
            message: Content { conversation: Some(text), file: None, message_context_info: None },
            message_type: "conversation",
            message_timestamp: at_s,
            instance_id,
            source: "web",
        }
    }
}

/// The side keys of a phone's message.
pub(super) fn phone_side_keys() -> Option<&'static RawValue> {
    static KEYS: OnceLock<Option<Box<RawValue>>> = OnceLock::new();
    let text = r#"{"deviceListMetadata":{"senderKeyHash":"q1w2E3r4T5y6Uw==","senderTimestamp":"1772374530","recipientKeyHash":"a9S8d7F6g5H4jQ==","recipientTimestamp":"1772453730"},"deviceListMetadataVersion":2,"messageSecret":"bm90LWEtcmVhbC1zZWNyZXQtMzItYnl0ZXMtbG9uZyE="}"#;
    KEYS.get_or_init(|| RawValue::from_string(text.to_owned()).ok()).as_deref()
}

/// An id as the library under Evolution makes them for what it sends.
pub(super) fn sent_id() -> String {
    stanza_id("3EB0")
}

/// An id as an iPhone makes them.
pub(super) fn phone_id() -> String {
    stanza_id("3A")
}

fn stanza_id(prefix: &str) -> String {
    let mut random = rand::rng();
    format!("{prefix}{:018X}", random.random::<u128>() & ((1 << 72) - 1))
}

/// An id of Evolution's own database: tells nobody anything, and must not be matched on.
pub(super) fn database_id() -> String {
    const LETTERS: &[u8; 36] = b"0123456789abcdefghijklmnopqrstuvwxyz";
    let mut random = rand::rng();
    let tail = (0..23).map(|_| char::from(LETTERS[random.random_range(0..LETTERS.len())]));
    "cm".chars().chain(tail).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_have_the_forms_of_their_makers() {
        let is_hex =
            |text: &str| text.chars().all(|letter| letter.is_ascii_digit() || ('A'..='F').contains(&letter));
        let (sent, phone) = (sent_id(), phone_id());
        assert!(sent.len() == 22 && sent.starts_with("3EB0") && is_hex(&sent), "{sent}");
        assert!(phone.len() == 20 && phone.starts_with("3A") && is_hex(&phone), "{phone}");
        assert!(database_id().len() == 25 && sent_id() != sent_id());
    }
}
