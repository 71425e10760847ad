//! A status callback. Its URL can carry our own reference, which settles a send whose answer was lost.

use super::fields::Fields;
use super::message_sid;
use crate::domain::{Ignored, InboundEvent, Receipt, ReceiptStatus};

/// Whether this tells of a message we sent. What customers write has a status, too: `received`.
pub(super) fn is_one(fields: &Fields<'_>, client_ref: Option<&str>) -> bool {
    match (name(fields), client_ref) {
        (_, Some(_)) => true,
        (Some("received" | "receiving"), None) => false,
        (name, None) => name.is_some() || fields.has("MessageStatus"),
    }
}

fn name<'f>(fields: &'f Fields<'_>) -> Option<&'f str> {
    fields.get("MessageStatus").or_else(|| fields.get("SmsStatus"))
}

pub(super) fn status(fields: &Fields<'_>, client_ref: Option<&str>) -> Result<InboundEvent, String> {
    let name = name(fields);
    let status = match name {
        Some("sent") => ReceiptStatus::Sent,
        Some("delivered" | "partially_delivered") => ReceiptStatus::Delivered,
        Some("read" | "played") => ReceiptStatus::Read,
        // `failed` was never handed to WhatsApp, `undelivered` was; neither will arrive.
        Some("failed" | "undelivered" | "canceled") => ReceiptStatus::Failed,
        Some("accepted" | "scheduled" | "queued" | "sending" | "receiving" | "received") => {
            return Ok(InboundEvent::Ignored(Ignored::NoReceipt));
        }
        _ => return Err("MessageStatus is not one we know".to_owned()),
    };
    let error_code = fields.owned("ErrorCode").filter(|code| code != "0");
    Ok(InboundEvent::Receipt(Receipt {
        provider_id: message_sid(fields)?,
        status,
        at: None,
        error_code: error_code.or_else(|| (name == Some("canceled")).then(|| "canceled".to_owned())),
        client_ref: client_ref.map(str::to_owned),
    }))
}
