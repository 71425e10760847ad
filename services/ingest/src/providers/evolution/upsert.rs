//! `messages.upsert` and `send.message`: somebody wrote.

use addressing::WaId;
use serde::Deserialize;

use super::changes;
use super::content::{Content, ContextInfo, Kind};
use super::key::Key;
use super::kinds;
use crate::domain::{ApiEcho, Ignored, InboundEvent, Message, Peer, Reaction};
use crate::providers::loose::{Integer, Object, Text};
use crate::providers::time::unix;

/// `data` of both events.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct Upsert<'a> {
    #[serde(borrow)]
    key: Object<Key<'a>>,
    #[serde(borrow)]
    push_name: Text<'a>,
    #[serde(borrow)]
    message: Object<Content<'a>>,
    #[serde(borrow)]
    context_info: Object<ContextInfo<'a>>,
    #[serde(borrow)]
    message_type: Text<'a>,
    /// Set on notices of the network ("missed call", "number changed"), which nobody wrote.
    #[serde(borrow)]
    message_stub_type: Text<'a>,
    message_timestamp: Integer,
}

/// Reads `messages.upsert`. `own` is the account's own number; it is never the author of an inbound message.
pub(super) fn upsert(data: &Upsert<'_>, own: Option<&WaId>) -> Result<InboundEvent, String> {
    let key = data.key.get().ok_or("data.key is missing")?;
    if let Some(why) = key.not_one_person() {
        return Ok(InboundEvent::Ignored(why));
    }
    let provider_id = key.id()?;
    let sent_at = data.message_timestamp.0.and_then(unix);
    let kind = data.message.get().and_then(Content::innermost);
    let from_me = key.is_ours();
    match kind {
        Some(Kind::Reaction(_)) if from_me => return Ok(InboundEvent::Ignored(Ignored::OwnChange)),
        None if data.message_stub_type.filled().is_some() => {
            return Ok(InboundEvent::Ignored(Ignored::Control));
        }
        Some(Kind::Silent) => return Ok(InboundEvent::Ignored(Ignored::Control)),
        _ => {}
    }
    let peer = match key.peer(own) {
        Some(peer) => peer,
        None if from_me => return Ok(InboundEvent::Ignored(Ignored::OwnChat)),
        None => return Err("no field of data.key names a person".to_owned()),
    };
    match kind {
        Some(Kind::Protocol(protocol)) => match changes::protocol(protocol, peer, sent_at)? {
            InboundEvent::Revoke(_) | InboundEvent::Edit(_) if from_me => {
                Ok(InboundEvent::Ignored(Ignored::OwnChange))
            }
            event => Ok(event),
        },
        Some(Kind::Reaction(reaction)) => {
            let target = reaction.key.get().ok_or("the reaction names no message")?.id()?;
            let emoji = reaction.text.to_owned();
            let name = data.name(&peer);
            Ok(InboundEvent::Reaction(Reaction { provider_id, peer, name, sent_at, target, emoji }))
        }
        kind => {
            let message = data.message(provider_id, peer, sent_at, kind, from_me);
            Ok(if from_me { InboundEvent::Echo(message) } else { InboundEvent::Message(message) })
        }
    }
}

/// Reads `send.message`: the bridge repeats what was sent through its API.
pub(super) fn sent(data: &Upsert<'_>, own: Option<&WaId>) -> Result<InboundEvent, String> {
    let key = data.key.get().ok_or("data.key is missing")?;
    if let Some(why) = key.not_one_person() {
        return Ok(InboundEvent::Ignored(why));
    }
    let provider_id = key.id()?;
    let Some(peer) = key.peer(own) else { return Ok(InboundEvent::Ignored(Ignored::OwnChat)) };
    let content = data.message.get().and_then(Content::innermost);
    let content = content.and_then(|kind| kinds::content(kind, &data.message_type));
    let text = content.as_ref().and_then(|content| content.text()).unwrap_or_default().to_owned();
    Ok(InboundEvent::ApiEcho(ApiEcho { provider_id, peer, text }))
}

impl Upsert<'_> {
    fn message(
        &self,
        provider_id: String,
        peer: Peer,
        sent_at: Option<jiff::Timestamp>,
        kind: Option<&Kind<'_>>,
        from_me: bool,
    ) -> Message {
        let content = kind
            .and_then(|kind| kinds::content(kind, &self.message_type))
            .unwrap_or_else(|| kinds::unsupported(self.message_type.filled().unwrap_or("unknown")));
        // Newer servers put another context beside the content, so the one inside is asked first.
        let inside = kind.and_then(kinds::context);
        let contexts = || inside.into_iter().chain(self.context_info.get());
        Message {
            name: if from_me { None } else { self.name(&peer) },
            reply_to: contexts().find_map(|context| context.stanza_id.to_owned()),
            referral: contexts().find_map(|context| kinds::referral(&context.external_ad_reply)),
            provider_id,
            peer,
            sent_at,
            content,
        }
    }

    /// The author's own name. Bridges fall back to digits when there is none; those are an address, not a name.
    fn name(&self, peer: &Peer) -> Option<String> {
        let name = self.push_name.filled()?.trim();
        let is_digits = name.bytes().all(|byte| byte.is_ascii_digit() || byte == b'+');
        (!is_digits && name != peer.expose_address()).then(|| name.to_owned())
    }
}
