//! `messages.update`: receipts for what we sent, and much that only looks like one.

use serde::Deserialize;

use super::key::Key;
use crate::domain::{Ignored, InboundEvent, Receipt, ReceiptStatus};
use crate::providers::loose::{Flag, Object, Text};

/// `data` of the event. `messageId` is left out on purpose: it is a key of the bridge's own database.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct Update<'a> {
    #[serde(borrow)]
    key_id: Text<'a>,
    #[serde(borrow)]
    key: Object<Key<'a>>,
    from_me: Flag,
    #[serde(borrow)]
    status: Text<'a>,
}

/// Reads one update. `remoteJid` is not looked at: it can be a linked id of a device although the message went to a
/// phone number, and the id is enough.
pub(super) fn update(data: &Update<'_>) -> Result<InboundEvent, String> {
    let status = data.status.get().unwrap_or_default().to_ascii_uppercase();
    let key = data.key.get();
    let from_me = data.from_me.0.or_else(|| key.and_then(|key| key.from_me.0)).unwrap_or(true);
    let status = match status.as_str() {
        "ERROR" | "FAILED" | "0" => ReceiptStatus::Failed,
        "SERVER_ACK" | "SENT" | "2" => ReceiptStatus::Sent,
        "DELIVERY_ACK" | "DELIVERED" | "3" => ReceiptStatus::Delivered,
        "READ" | "4" if !from_me => return Ok(InboundEvent::Ignored(Ignored::ReadByUs)),
        "READ" | "4" | "PLAYED" | "5" => ReceiptStatus::Read,
        // PENDING says nothing; DELETED and EDITED are what older servers say of any change they have no word for.
        _ => return Ok(InboundEvent::Ignored(Ignored::NoReceipt)),
    };
    if !from_me {
        return Ok(InboundEvent::Ignored(Ignored::NoReceipt));
    }
    let provider_id = match data.key_id.filled() {
        Some(id) if id.len() <= super::MAX_ID => id.to_owned(),
        Some(_) => return Err(format!("keyId is longer than {} bytes", super::MAX_ID)),
        None => key.ok_or("the receipt has no keyId")?.id()?,
    };
    Ok(InboundEvent::Receipt(Receipt { provider_id, status, at: None, error_code: None, client_ref: None }))
}
