//! What Meta tells after an accepted send.

use std::sync::Arc;

use serde_json::{Value, json};

use super::envelope::{Kind, Piece};
use super::error::GraphError;
use super::number::Number;
use super::person;
use crate::time;
use crate::whatsapp::entry::ReceiptStatus;
use crate::whatsapp::ledger::About;
use crate::whatsapp::receipts::Aftermath;

/// Why a message fails that nothing is known about.
const UNDELIVERABLE: u32 = 131026;

/// An accepted send.
#[derive(Debug, Clone)]
pub(super) struct Sent {
    pub digits: String,
    /// The caller knew the customer by the business-scoped id only.
    pub by_user_id: bool,
    pub id: String,
    pub client_ref: Option<String>,
    /// `service`, or the category of the template.
    pub category: String,
}

/// Tells the statuses, one after the other; an attempt that fails does not hold up the next one.
pub(super) async fn follow(number: Arc<Number>, sent: Sent, plan: Aftermath) {
    for (status, delay) in plan.receipts {
        delay.wait().await;
        let word = match status {
            // Meta has no word for its own queue.
            ReceiptStatus::Queued => continue,
            status => status.word(),
        };
        let error = (status == ReceiptStatus::Failed).then(|| plan.code.unwrap_or(UNDELIVERABLE));
        let Some(app) = number.app() else { continue };
        let about = About::message(number.name(), Kind::Status.event(), &sent.digits, &sent.id);
        let about = About { receipt: Some(status), code: error, ..about };
        let contact = error.is_none().then(|| contact(&sent));
        let piece = Piece::of(&number.spec, Kind::Status, contact, said(&sent, word, error));
        app.tell(piece, about).await;
    }
}

fn contact(sent: &Sent) -> Value {
    let mut contact = json!({"profile": {"name": "Maya Lindqvist"}});
    if !sent.by_user_id {
        contact["wa_id"] = json!(sent.digits);
    }
    contact["user_id"] = json!(person::user_id(&sent.digits));
    contact
}

fn said(sent: &Sent, word: &str, error: Option<u32>) -> Value {
    let mut said = json!({
        "id": sent.id,
        "status": word,
        "timestamp": time::now().as_second().to_string(),
        "recipient_user_id": person::user_id(&sent.digits),
    });
    if !sent.by_user_id {
        said["recipient_id"] = json!(sent.digits);
    }
    if let Some(client_ref) = &sent.client_ref {
        said["biz_opaque_callback_data"] = json!(client_ref);
    }
    if matches!(word, "sent" | "delivered") {
        said["pricing"] = pricing(&sent.category);
    }
    if let Some(code) = error {
        said["errors"] = json!([reason(code).in_status()]);
    }
    said
}

fn pricing(category: &str) -> Value {
    let free = category == "service";
    let kind = if free { "free_customer_service" } else { "regular" };
    json!({"billable": !free, "pricing_model": "PMP", "category": category, "type": kind})
}

fn reason(code: u32) -> GraphError {
    match code {
        131047 => GraphError::of(code).because(
            "Message failed to send because more than 24 hours have passed since the customer last replied to this \
             number.",
        ),
        code => GraphError::of(code),
    }
}
