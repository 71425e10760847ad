//! Read marks and "typing", in Meta's words. Whoever types has read.

use serde_json::json;

use crate::domain::outcome::Trouble;
use crate::providers::exchange::{self, Payload};
use crate::providers::{Signal, SignalKind};

/// Writes the request.
pub(super) fn write(signal: &Signal) -> Result<Payload, Trouble> {
    let mut body =
        json!({"messaging_product": "whatsapp", "status": "read", "message_id": signal.provider_id});
    if signal.kind == SignalKind::Typing {
        body["typing_indicator"] = json!({"type": "text"});
    }
    exchange::json(&body)
}
