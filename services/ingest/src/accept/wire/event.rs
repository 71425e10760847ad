//! Events as `conversation.accept_v1` takes them.

use ids::ChannelId;
use jiff::Timestamp;
use serde::Serialize;
use uuid::Uuid;

use super::body::{Body, advert, shown};
use super::{Arrived, to_json};
use crate::domain::{Content, Edit, IdentityChange, InboundEvent, Message, Peer, Reaction, Revoke};

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
        | InboundEvent::Template(_)
        | InboundEvent::Pairing(_)
        | InboundEvent::IdentityChange(_)
        | InboundEvent::Ignored(_) => None,
    }
}

#[derive(Serialize)]
struct ChangeJson<'a> {
    channel_id: ChannelId,
    provider_id: &'a str,
    from: PeerJson<'a>,
    to: PeerJson<'a>,
    correlation_id: Uuid,
}

/// A change of number or id, as one element of the array that `conversation.change_identity_v1` takes.
#[must_use]
pub fn identity(change: &IdentityChange, arrived: Arrived) -> String {
    let IdentityChange { provider_id, from, to } = change;
    to_json(&ChangeJson {
        channel_id: arrived.channel_id,
        provider_id,
        from: PeerJson::of(from),
        to: PeerJson::of(to),
        correlation_id: arrived.correlation_id,
    })
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
    let body = Body { late: arrived.late, ..body };
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
