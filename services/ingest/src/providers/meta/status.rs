//! One status: a message sent through the API moved on. Its `contacts` may be missing and are not needed.

use super::message::id;
use super::wire::Status as Wire;
use crate::domain::{Ignored, InboundEvent, Receipt, ReceiptStatus};
use crate::providers::time::unix;

pub(super) fn status(wire: &Wire<'_>) -> Result<InboundEvent, String> {
    let status = match wire.status.get() {
        Some("sent") => ReceiptStatus::Sent,
        Some("delivered") => ReceiptStatus::Delivered,
        Some("read" | "played") => ReceiptStatus::Read,
        Some("failed") => ReceiptStatus::Failed,
        Some("accepted" | "pending" | "deleted" | "warning" | "held_for_quality_assessment" | "paused") => {
            return Ok(InboundEvent::Ignored(Ignored::NoReceipt));
        }
        _ => return Err("the status is not one we know".to_owned()),
    };
    let error = wire.errors.iter().flatten().find_map(|error| error.code.0);
    Ok(InboundEvent::Receipt(Receipt {
        provider_id: id(&wire.id, "id")?,
        status,
        at: wire.timestamp.0.and_then(unix),
        error_code: error.map(|code| code.to_string()),
        client_ref: wire.biz_opaque_callback_data.to_owned(),
    }))
}
