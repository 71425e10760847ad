//! One message, of a customer or (an echo) typed by staff in the Business app.

use super::content;
use super::peer::{contact, name, peer};
use super::wire::{Contact, Message as Wire, System};
use crate::domain::{Edit, IdentityChange, Ignored, InboundEvent, Message, Peer, Reaction, Referral, Revoke};
use crate::providers::loose::Text;
use crate::providers::time::unix;

/// Reads a customer's message.
pub(super) fn message(wire: &Wire<'_>, contacts: &[Contact<'_>]) -> Result<InboundEvent, String> {
    if wire.group_id.filled().is_some() {
        return Ok(InboundEvent::Ignored(Ignored::Group));
    }
    let contact = contact(contacts, &wire.from, &wire.from_user_id);
    let peer = peer(&wire.from, &wire.from_user_id, contact)
        .ok_or("neither from nor from_user_id names a person")?;
    read(wire, peer, name(contact), InboundEvent::Message)
}

/// Reads a message staff typed in the Business app: `from` is the business, `to` the customer.
pub(super) fn echo(wire: &Wire<'_>) -> Result<InboundEvent, String> {
    if wire.group_id.filled().is_some() {
        return Ok(InboundEvent::Ignored(Ignored::Group));
    }
    let peer = peer(&wire.to, &wire.to_user_id, None).ok_or("neither to nor to_user_id names a person")?;
    if matches!(wire.r#type.get(), Some("reaction" | "edit" | "revoke" | "system")) {
        return Ok(InboundEvent::Ignored(Ignored::OwnChange));
    }
    read(wire, peer, None, InboundEvent::Echo)
}

fn read(
    wire: &Wire<'_>,
    peer: Peer,
    name: Option<String>,
    spoken: fn(Message) -> InboundEvent,
) -> Result<InboundEvent, String> {
    let provider_id = id(&wire.id, "id")?;
    let sent_at = wire.timestamp.0.and_then(unix);
    match wire.r#type.filled().ok_or("the message has no type")? {
        "reaction" => {
            let reaction = wire.reaction.get().ok_or("the reaction has no body")?;
            let target = id(&reaction.message_id, "reaction.message_id")?;
            let emoji = reaction.emoji.to_owned();
            Ok(InboundEvent::Reaction(Reaction { provider_id, peer, name, sent_at, target, emoji }))
        }
        "edit" => {
            let edit = wire.edit.get().ok_or("the edit has no body")?;
            let target = id(&edit.original_message_id, "edit.original_message_id")?;
            let content = content::content(edit.message.get().ok_or("the edit has no message")?)?;
            Ok(InboundEvent::Edit(Edit { provider_id, peer, sent_at, target, content }))
        }
        "revoke" => {
            let revoke = wire.revoke.get().ok_or("the withdrawal has no body")?;
            let target = id(&revoke.original_message_id, "revoke.original_message_id")?;
            Ok(InboundEvent::Revoke(Revoke { provider_id, peer, sent_at, target }))
        }
        "system" => Ok(wire.system.get().map_or(InboundEvent::Ignored(Ignored::Control), |system| {
            identity_change(provider_id, peer, system)
        })),
        "request_welcome" => Ok(InboundEvent::Ignored(Ignored::ChatOpened)),
        _ => Ok(spoken(Message {
            provider_id,
            peer,
            name,
            sent_at,
            reply_to: wire.context.get().and_then(|context| context.id.to_owned()),
            referral: wire.referral.get().map(|advert| Referral {
                source_id: advert.source_id.to_owned(),
                source_type: advert.source_type.to_owned(),
                source_url: advert.source_url.to_owned(),
                headline: advert.headline.to_owned(),
                body: advert.body.to_owned(),
                click_id: advert.ctwa_clid.to_owned(),
            }),
            content: content::content(wire)?,
        })),
    }
}

/// A notice that the person goes by another number or id. One that names neither (a new device) is no news to us.
fn identity_change(provider_id: String, from: Peer, system: &System<'_>) -> InboundEvent {
    match peer(&system.wa_id, &system.user_id, None) {
        Some(to) if to != from => InboundEvent::IdentityChange(IdentityChange { provider_id, from, to }),
        _ => InboundEvent::Ignored(Ignored::Control),
    }
}

/// An id that must be there.
pub(super) fn id(text: &Text<'_>, field: &str) -> Result<String, String> {
    match text.filled() {
        Some(id) if id.len() <= super::MAX_ID => Ok(id.to_owned()),
        Some(_) => Err(format!("{field} is longer than {} bytes", super::MAX_ID)),
        None => Err(format!("{field} is missing")),
    }
}
