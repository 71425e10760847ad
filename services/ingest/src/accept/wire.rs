//! Events in the form in which the receivers' functions take them.

use ids::ChannelId;
use jiff::Timestamp;
use serde::Serialize;
use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::Echo;
use crate::domain::{
    ApiEcho, ChannelState, Content, Edit, InboundEvent, Location, Media, MediaSource, Message, Peer,
    Reaction, Receipt, Referral, Revoke,
};

/// What an event has beside itself.
#[derive(Debug, Clone, Copy)]
pub struct Arrived {
    /// Where it belongs.
    pub channel_id: ChannelId,
    /// When the request came, for providers that do not say when a thing happened.
    pub at: Timestamp,
    /// Connects everything that comes of it.
    pub correlation_id: Uuid,
}

/// Names longer than this are cut: WhatsApp's own limit is 25 characters.
const NAME_CHARACTERS: usize = 200;

#[derive(Serialize)]
struct EventJson<'a> {
    channel_id: ChannelId,
    kind: &'static str,
    provider_id: &'a str,
    peer: PeerJson<'a>,
    to: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<&'a str>,
    sent_at: Timestamp,
    body: Body<'a>,
    mark: Option<&'static str>,
    correlation_id: Uuid,
}

#[derive(Serialize)]
struct PeerJson<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    phone: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    wa_id: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    lid: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    bsuid: Option<&'a str>,
}

impl<'a> PeerJson<'a> {
    fn of(peer: &'a Peer) -> Self {
        Self {
            phone: peer.phone().map(|phone| phone.expose().to_owned()),
            wa_id: peer.wa_id.as_ref().map(|id| id.expose()),
            lid: peer.lid.as_ref().map(|id| id.expose()),
            bsuid: peer.bsuid.as_ref().map(|id| id.expose()),
        }
    }
}

#[derive(Default, Serialize)]
struct Body<'a> {
    kind: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    text: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    description: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    payload: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    emoji: Option<&'a str>,
    /// The message that is reacted to, changed or withdrawn.
    #[serde(skip_serializing_if = "Option::is_none")]
    target: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reply_to: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    media: Option<MediaJson<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    location: Option<LocationJson<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    contacts: Option<Vec<CardJson<'a>>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    referral: Option<ReferralJson<'a>>,
    /// The provider's name for what we cannot show.
    #[serde(skip_serializing_if = "Option::is_none")]
    what: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    code: Option<i64>,
}

#[derive(Serialize)]
struct MediaJson<'a> {
    /// `message` (fetch by the message's id), `id` or `url`.
    source: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    url: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    mime_type: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    bytes: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    seconds: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    file_name: Option<&'a str>,
}

#[derive(Serialize)]
struct LocationJson<'a> {
    latitude: f64,
    longitude: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    address: Option<&'a str>,
}

#[derive(Serialize)]
struct CardJson<'a> {
    name: Option<&'a str>,
    phones: &'a [String],
}

#[derive(Serialize)]
struct ReferralJson<'a> {
    source_id: Option<&'a str>,
    source_type: Option<&'a str>,
    source_url: Option<&'a str>,
    headline: Option<&'a str>,
    body: Option<&'a str>,
    click_id: Option<&'a str>,
}

/// An event for the conversation's inbox, as one element of the array that `conversation.accept_v1` takes. `None` for
/// events that go elsewhere or nowhere.
#[must_use]
pub fn inbox(event: &InboundEvent, arrived: Arrived) -> Option<String> {
    match event {
        InboundEvent::Message(message) => Some(said(message, "message", mark(&message.content), arrived)),
        // Staff may say "stop" without meaning it for the customer.
        InboundEvent::Echo(message) => Some(said(message, "echo", None, arrived)),
        InboundEvent::Reaction(reaction) => {
            let Reaction { provider_id, peer, name, sent_at, target, emoji } = reaction;
            let body =
                Body { kind: "reaction", target: Some(target), emoji: emoji.as_deref(), ..Body::default() };
            Some(write("reaction", provider_id, peer, name.as_deref(), *sent_at, body, None, arrived))
        }
        InboundEvent::Edit(edit) => {
            let Edit { provider_id, peer, sent_at, target, content } = edit;
            let body = Body { target: Some(target), ..shown(content) };
            Some(write("edit", provider_id, peer, None, *sent_at, body, mark(content), arrived))
        }
        InboundEvent::Revoke(revoke) => {
            let Revoke { provider_id, peer, sent_at, target } = revoke;
            let body = Body { kind: "revoke", target: Some(target), ..Body::default() };
            Some(write("revoke", provider_id, peer, None, *sent_at, body, None, arrived))
        }
        InboundEvent::ApiEcho(_)
        | InboundEvent::Receipt(_)
        | InboundEvent::ChannelState(_)
        | InboundEvent::ChannelSignal(_)
        | InboundEvent::Pairing(_)
        | InboundEvent::IdentityChange(_)
        | InboundEvent::Ignored(_) => None,
    }
}

fn said(message: &Message, kind: &'static str, mark: Option<&'static str>, arrived: Arrived) -> String {
    let Message { provider_id, peer, name, sent_at, reply_to, referral, content } = message;
    let body =
        Body { reply_to: reply_to.as_deref(), referral: referral.as_ref().map(advert), ..shown(content) };
    write(kind, provider_id, peer, name.as_deref(), *sent_at, body, mark, arrived)
}

#[expect(clippy::too_many_arguments, reason = "the members of one JSON object, each from another place")]
fn write(
    kind: &'static str,
    provider_id: &str,
    peer: &Peer,
    name: Option<&str>,
    sent_at: Option<Timestamp>,
    body: Body<'_>,
    mark: Option<&'static str>,
    arrived: Arrived,
) -> String {
    let json = EventJson {
        channel_id: arrived.channel_id,
        kind,
        provider_id,
        peer: PeerJson::of(peer),
        to: peer.expose_address(),
        name: name.map(short),
        sent_at: sent_at.unwrap_or(arrived.at),
        body,
        mark,
        correlation_id: arrived.correlation_id,
    };
    to_json(&json)
}

/// Serialising plain structs of strings and numbers cannot fail; an empty object would be refused by the receiver.
fn to_json<T: Serialize>(value: &T) -> String {
    serde_json::to_string(value).unwrap_or_else(|_| "{}".to_owned())
}

fn short(name: &str) -> &str {
    name.char_indices().nth(NAME_CHARACTERS).map_or(name, |(at, _)| &name[..at])
}

/// Words that must take effect the moment they are accepted.
fn mark(content: &Content) -> Option<&'static str> {
    match lexicon::mark(content.text()?)? {
        lexicon::Mark::OptOut => Some("opt_out"),
        lexicon::Mark::RedFlag => Some("red_flag"),
    }
}

fn shown(content: &Content) -> Body<'_> {
    let body = Body { kind: content.label(), text: content.text(), ..Body::default() };
    match content {
        Content::Text(_) => body,
        Content::Image(media)
        | Content::Voice(media)
        | Content::Audio(media)
        | Content::Video(media)
        | Content::Document(media)
        | Content::Sticker(media) => Body { media: Some(file(media)), ..body },
        Content::Location(place) => Body { location: Some(location(place)), ..body },
        Content::Contacts(cards) => {
            let cards =
                cards.iter().map(|card| CardJson { name: card.name.as_deref(), phones: &card.phones });
            Body { contacts: Some(cards.collect()), ..body }
        }
        Content::ButtonReply(reply) | Content::ListReply(reply) => {
            Body { description: reply.description.as_deref(), payload: reply.payload.as_deref(), ..body }
        }
        Content::Unsupported { what, code } => Body { what: Some(what), code: *code, ..body },
    }
}

fn file(media: &Media) -> MediaJson<'_> {
    let (source, id, url) = match &media.source {
        MediaSource::Message => ("message", None, None),
        MediaSource::Id(id) => ("id", Some(id.as_str()), None),
        MediaSource::Url(url) => ("url", None, Some(url.as_str())),
    };
    MediaJson {
        source,
        id,
        url,
        mime_type: media.mime_type.as_deref(),
        bytes: media.bytes,
        seconds: media.seconds,
        file_name: media.file_name.as_deref(),
    }
}

fn location(place: &Location) -> LocationJson<'_> {
    LocationJson {
        latitude: place.latitude,
        longitude: place.longitude,
        name: place.name.as_deref(),
        address: place.address.as_deref(),
    }
}

fn advert(referral: &Referral) -> ReferralJson<'_> {
    ReferralJson {
        source_id: referral.source_id.as_deref(),
        source_type: referral.source_type.as_deref(),
        source_url: referral.source_url.as_deref(),
        headline: referral.headline.as_deref(),
        body: referral.body.as_deref(),
        click_id: referral.click_id.as_deref(),
    }
}

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
