//! Edits and withdrawals: `messages.edited`, `messages.delete`, and the control message inside an upsert.

use addressing::WaId;
use jiff::Timestamp;
use serde::Deserialize;
use sha2::{Digest, Sha256};

use super::content::{Content, Protocol};
use super::key::Key;
use super::kinds;
use crate::domain::{Edit, Ignored, InboundEvent, Peer, Revoke};
use crate::providers::loose::{Flag, Object, Text};
use crate::providers::time::unix_millis;

/// Reads a control message that came inside a message of `peer`.
///
/// The key inside was written on the author's device, so its `fromMe` and `remoteJid` are seen from there: only the id
/// of the target can be used. Both ways of telling the same change give it the same id.
pub(super) fn protocol(
    protocol: &Protocol<'_>,
    peer: Peer,
    sent_at: Option<Timestamp>,
) -> Result<InboundEvent, String> {
    let target = || protocol.key.get().ok_or("the change names no message")?.id();
    let changed_at = protocol.timestamp_ms.0.and_then(unix_millis);
    let edited = protocol.edited_message.get().and_then(|content| content.innermost());
    match (protocol.r#type.get(), edited) {
        (Some("REVOKE" | "0"), _) => {
            let target = target()?;
            let sent_at = changed_at.or(sent_at);
            Ok(InboundEvent::Revoke(Revoke { provider_id: target.clone(), peer, sent_at, target }))
        }
        (_, Some(kind)) => {
            let target = target()?;
            let content = kinds::content(kind, &Text::default())
                .unwrap_or_else(|| kinds::unsupported("edited message"));
            let provider_id = edit_id(&target, changed_at, &content);
            let sent_at = changed_at.or(sent_at);
            Ok(InboundEvent::Edit(Edit { provider_id, peer, sent_at, target, content }))
        }
        _ => Ok(InboundEvent::Ignored(Ignored::Control)),
    }
}

/// Reads `messages.edited`, whose data is the control message alone: nothing but its key says whose chat it was.
pub(super) fn edited(data: &Protocol<'_>, own: Option<&WaId>) -> Result<InboundEvent, String> {
    let Some(key) = data.key.get() else { return Ok(InboundEvent::Ignored(Ignored::Control)) };
    if data.edited_message.get().is_none() && !matches!(data.r#type.get(), Some("REVOKE" | "0")) {
        return Ok(InboundEvent::Ignored(Ignored::Control));
    }
    if let Some(why) = key.not_one_person() {
        return Ok(InboundEvent::Ignored(why));
    }
    let peer = key.foreign_peer(own).ok_or("the change does not say whose chat it is in")?;
    // Written on a device of the account, in a chat with somebody else: staff changed a message of their own.
    if key.is_ours() {
        return match own {
            Some(_) => Ok(InboundEvent::Ignored(Ignored::OwnChange)),
            None => Err("the change does not say who made it".to_owned()),
        };
    }
    protocol(data, peer, None)
}

/// `data` of `messages.delete`: the key of the removed message, or, where it was removed through the bridge, the bridge's row of
/// it with the key inside.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct Deleted<'a> {
    #[serde(borrow)]
    key: Object<Key<'a>>,
    #[serde(borrow)]
    id: Text<'a>,
    from_me: Flag,
    #[serde(borrow)]
    remote_jid: Text<'a>,
    #[serde(borrow)]
    remote_jid_alt: Text<'a>,
}

/// Reads `messages.delete`. There is no id of the withdrawal, so the target's serves: it happens once.
pub(super) fn deleted(data: Deleted<'_>) -> Result<InboundEvent, String> {
    let key = data.key.0.unwrap_or(Key {
        id: data.id,
        from_me: data.from_me,
        remote_jid: data.remote_jid,
        remote_jid_alt: data.remote_jid_alt,
        ..Key::default()
    });
    if let Some(why) = key.not_one_person() {
        return Ok(InboundEvent::Ignored(why));
    }
    if key.is_ours() {
        return Ok(InboundEvent::Ignored(Ignored::OwnChange));
    }
    let target = key.id()?;
    let peer = key.peer(None).ok_or("no field of data names a person")?;
    Ok(InboundEvent::Revoke(Revoke { provider_id: target.clone(), peer, sent_at: None, target }))
}

/// An id for an edit that has none: a message can be edited more than once, and each edit can be repeated.
fn edit_id(target: &str, at: Option<Timestamp>, content: &crate::domain::Content) -> String {
    match at {
        Some(at) => format!("{target}~{}", at.as_millisecond()),
        None => {
            let digest = Sha256::digest(content.text().unwrap_or(content.label()));
            format!("{target}~{:08x}", u32::from_be_bytes([digest[0], digest[1], digest[2], digest[3]]))
        }
    }
}

/// `messages.edited` on servers that send the whole message instead of the control message.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct EditedWhole<'a> {
    #[serde(borrow)]
    pub message: Object<Content<'a>>,
}
