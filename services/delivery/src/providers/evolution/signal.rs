//! Read marks and "typing", in Evolution's words.

use std::time::Duration;

use reqwest::Url;
use serde_json::json;

use crate::domain::outcome::Trouble;
use crate::providers::evolution::account::Account;
use crate::providers::evolution::number;
use crate::providers::exchange::{self, Payload};
use crate::providers::{Signal, SignalKind};

/// How long "typing" shows. The server holds the request for as long.
const TYPING: Duration = Duration::from_secs(5);

/// Writes the request.
pub(super) fn write(account: &Account, signal: &Signal) -> Result<(Url, Payload), Trouble> {
    match signal.kind {
        SignalKind::Read => {
            let chat = number::chat(&signal.to)?;
            let read = json!({"id": signal.provider_id, "fromMe": false, "remoteJid": chat});
            Ok((account.mark_read(), exchange::json(&json!({"readMessages": [read]}))?))
        }
        SignalKind::Typing => {
            let number = number::recipient(&signal.to)?;
            let delay = u64::try_from(TYPING.as_millis()).unwrap_or_default();
            let body = json!({"number": number, "presence": "composing", "delay": delay});
            Ok((account.presence(), exchange::json(&body)?))
        }
    }
}
