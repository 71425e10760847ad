//! Receipts, channel events and echoes as delivery's functions take them.

use ids::ChannelId;
use jiff::Timestamp;
use serde::Serialize;
use sha2::{Digest, Sha256};

use super::{Arrived, to_json};
use crate::accept::Echo;
use crate::domain::{ApiEcho, ChannelState, InboundEvent, Receipt, TemplateNews};

#[derive(Serialize)]
struct ReceiptJson<'a> {
    channel_id: ChannelId,
    provider_id: &'a str,
    status: &'static str,
    at: Timestamp,
    #[serde(skip_serializing_if = "Option::is_none")]
    error_code: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    client_ref: Option<&'a str>,
}

/// A receipt, as one element of the array that `delivery.record_receipts_v1` takes.
#[must_use]
pub fn receipt(receipt: &Receipt, arrived: Arrived) -> String {
    to_json(&ReceiptJson {
        channel_id: arrived.channel_id,
        provider_id: &receipt.provider_id,
        status: receipt.status.as_str(),
        at: receipt.at.unwrap_or(arrived.at),
        error_code: receipt.error_code.as_deref(),
        client_ref: receipt.client_ref.as_deref(),
    })
}

#[derive(Serialize)]
struct ChannelEventJson {
    channel_id: ChannelId,
    state: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    code: Option<i32>,
}

/// A channel's state, as one element of the array that `delivery.record_channel_events_v1` takes.
#[must_use]
pub fn channel_event(state: &ChannelState, channel_id: ChannelId) -> String {
    let code = state.code().and_then(|code| i32::try_from(code).ok());
    to_json(&ChannelEventJson { channel_id, state: state.as_str(), code })
}

#[derive(Serialize)]
struct TemplateEventJson<'a> {
    channel_id: ChannelId,
    what: &'static str,
    name: &'a str,
    language: &'a str,
    value: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'a str>,
}

/// News of a template, as one element of the array that `delivery.record_template_events_v1` takes.
#[must_use]
pub fn template_event(news: &TemplateNews, channel_id: ChannelId) -> String {
    let (what, value) = news.change.words();
    to_json(&TemplateEventJson {
        channel_id,
        what,
        name: &news.name,
        language: &news.language,
        value,
        reason: news.reason.as_deref(),
    })
}

/// What delivery needs to tell whether a message of the account is one of its own.
#[must_use]
pub fn echo_of(event: &InboundEvent, channel_id: ChannelId) -> Option<Echo> {
    let (provider_id, peer, text) = match event {
        InboundEvent::ApiEcho(ApiEcho { provider_id, peer, text }) => (provider_id, peer, text.as_str()),
        InboundEvent::Echo(message) => {
            (&message.provider_id, &message.peer, message.content.text().unwrap_or_default())
        }
        _ => return None,
    };
    let text_sha256 = Sha256::digest(text).iter().fold(String::with_capacity(64), |mut hex, byte| {
        let digit = |nibble: u8| char::from_digit(u32::from(nibble), 16).unwrap_or('0');
        hex.push(digit(byte >> 4));
        hex.push(digit(byte & 15));
        hex
    });
    Some(Echo {
        channel_id: channel_id.uuid(),
        provider_id: provider_id.clone(),
        recipients: peer.expose_spellings(),
        text_sha256,
    })
}
