//! What Twilio tells after an accepted send: to the `StatusCallback` of that very message.

use std::sync::Arc;

use super::callbacks::{Call, Callbacks, Hook};
use super::error::TwilioError;
use super::sender::Sender;
use crate::whatsapp::entry::ReceiptStatus;
use crate::whatsapp::ledger::About;
use crate::whatsapp::receipts::Aftermath;

/// Why a message fails that nothing is known about.
const INVALID_RECIPIENT: u32 = 63024;

/// An accepted send.
#[derive(Debug, Clone)]
pub(super) struct Sent {
    pub sid: String,
    pub digits: String,
    pub to: String,
    pub callback: Option<Hook>,
    pub messaging_service_sid: Option<String>,
    pub structured: bool,
}

/// Calls back with each status, one after the other; an attempt that fails does not hold up the next one.
pub(super) async fn follow(sender: Arc<Sender>, callbacks: Arc<Callbacks>, sent: Sent, plan: Aftermath) {
    for (receipt, delay) in plan.receipts {
        delay.wait().await;
        let failed = receipt == ReceiptStatus::Failed;
        let error = failed.then(|| TwilioError::of(plan.code.unwrap_or(INVALID_RECIPIENT)));
        let status = error.as_ref().map_or_else(|| receipt.word(), TwilioError::message_status);
        let reason = error.as_ref().map(|error| (error.code, error.message()));
        sender.messages.update(&sent.sid, status, reason);
        let Some(hook) = &sent.callback else { continue };
        let about = About::message(sender.name(), "status", &sent.digits, &sent.sid);
        let call = Call {
            hook: hook.clone(),
            token: sender.spec.auth_token.clone(),
            fields: fields(&sender, &sent, status, error.as_ref()),
            about: About { receipt: Some(receipt), code: reason.map(|(code, _)| code), ..about },
        };
        callbacks.call(call).await;
    }
}

fn fields(
    sender: &Sender,
    sent: &Sent,
    status: &str,
    error: Option<&TwilioError>,
) -> Vec<(&'static str, String)> {
    let text = str::to_owned;
    let mut fields = vec![
        ("ChannelPrefix", text("whatsapp")),
        ("ApiVersion", text("2010-04-01")),
        ("MessageStatus", text(status)),
        ("SmsSid", sent.sid.clone()),
        ("SmsStatus", text(status)),
        ("ChannelInstallSid", format!("XE{}", sender.spec.account_sid.trim_start_matches("AC"))),
        ("To", sent.to.clone()),
        ("From", sender.spec.from.clone()),
        ("MessageSid", sent.sid.clone()),
        ("StructuredMessage", sent.structured.to_string()),
        ("AccountSid", sender.spec.account_sid.clone()),
        ("ChannelToAddress", masked(&sent.digits)),
    ];
    if let Some(service) = &sent.messaging_service_sid {
        fields.push(("MessagingServiceSid", service.clone()));
    }
    if matches!(status, "delivered" | "read" | "undelivered") {
        fields.push(("EventType", status.to_uppercase()));
    }
    if let Some(error) = error {
        fields.push(("ErrorCode", error.code.to_string()));
        fields.push(("ChannelStatusMessage", text(error.message())));
    }
    fields
}

fn masked(digits: &str) -> String {
    let kept = digits.len().saturating_sub(3);
    format!("+{}XXX", digits.get(..kept).unwrap_or_default())
}
