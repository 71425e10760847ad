//! The instance's own webhook.

use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::time::Instant;

use super::{Account, Evolution, classify};
use crate::domain::outcome::Trouble;
use crate::providers::exchange;
use crate::providers::set_up::Hooked;

/// What ingest understands; an empty list would mean everything.
pub(super) const EVENTS: [&str; 9] = [
    "MESSAGES_UPSERT",
    "MESSAGES_UPDATE",
    "MESSAGES_EDITED",
    "MESSAGES_DELETE",
    "SEND_MESSAGE",
    "CONNECTION_UPDATE",
    "STATUS_INSTANCE",
    "LOGOUT_INSTANCE",
    "QRCODE_UPDATED",
];

/// The settings of a webhook as the server takes them.
pub(super) fn settings(url: &str, header: &str, value: &SecretString) -> Value {
    json!({
        "enabled": true, "url": url, "headers": { header: value.expose_secret() }, "byEvents": false, "base64": false,
        "events": EVENTS,
    })
}

#[derive(Deserialize)]
struct Found {
    #[serde(default)]
    url: Option<String>,
    #[serde(default)]
    enabled: Option<bool>,
    #[serde(default)]
    events: Option<Vec<String>>,
}

impl Evolution {
    /// Sets it.
    pub async fn set_hook(
        &self,
        account: &Account,
        url: &str,
        (header, value): (&str, &SecretString),
        deadline: Instant,
    ) -> Result<(), Trouble> {
        let payload = exchange::json(&json!({ "webhook": settings(url, header, value) }))?;
        let request = account.authorise(self.client.post(account.webhook_route("set")));
        let answer = exchange::post(request, payload, deadline).await?;
        if matches!(answer.status, 200 | 201) {
            Ok(())
        } else {
            Err(classify::unanswered(&answer, &account.private(&[value.expose_secret()])))
        }
    }

    /// Reads it back.
    pub async fn hooked(&self, account: &Account, ours: &str, deadline: Instant) -> Result<Hooked, Trouble> {
        let request = account.authorise(self.client.get(account.webhook_route("find")));
        let answer = exchange::get(request, deadline).await?;
        if answer.status != 200 {
            return Err(classify::unanswered(&answer, &account.private(&[])));
        }
        let found =
            answer.body.as_deref().and_then(|body| serde_json::from_slice::<Option<Found>>(body).ok());
        Ok(found.map_or(
            Hooked::Unsaid { why: "the server's answer about its webhook cannot be read" },
            |found| hooked(found, ours),
        ))
    }
}

fn hooked(found: Option<Found>, ours: &str) -> Hooked {
    let Some(Found { url, enabled, events }) = found else { return Hooked::Nowhere };
    let Some(url) = url.filter(|url| !url.is_empty() && enabled != Some(false)) else {
        return Hooked::Nowhere;
    };
    // A token may follow in the path instead of a header.
    let rest = url.strip_prefix(ours);
    if !rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/')) {
        return Hooked::Elsewhere { url };
    }
    let told = events.unwrap_or_default();
    let missing: Vec<String> = EVENTS
        .iter()
        .filter(|event| !told.is_empty() && !told.iter().any(|one| one == *event))
        .map(|event| (*event).to_owned())
        .collect();
    if missing.is_empty() { Hooked::Ours } else { Hooked::Incomplete { missing } }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(body: &str) -> Hooked {
        hooked(serde_json::from_str(body).unwrap(), "https://d/webhooks/evolution/a")
    }

    #[test]
    fn what_is_set_is_told_from_what_is_ours() {
        assert_eq!(found("null"), Hooked::Nowhere);
        assert_eq!(found(r#"{"url":"https://d/webhooks/evolution/a","enabled":false}"#), Hooked::Nowhere);
        assert_eq!(
            found(r#"{"url":"https://d/webhooks/evolution/a","enabled":true,"events":[]}"#),
            Hooked::Ours
        );
        assert_eq!(found(r#"{"url":"https://d/webhooks/evolution/a/token","enabled":true}"#), Hooked::Ours);
        let other = "https://d/webhooks/evolution/ab".to_owned();
        assert_eq!(
            found(&format!(r#"{{"url":"{other}","enabled":true}}"#)),
            Hooked::Elsewhere { url: other }
        );
        let some = r#"{"url":"https://d/webhooks/evolution/a","enabled":true,"events":["MESSAGES_UPSERT"]}"#;
        let Hooked::Incomplete { missing } = found(some) else { panic!("complete") };
        assert!(missing.contains(&"CONNECTION_UPDATE".to_owned()) && missing.len() == EVENTS.len() - 1);
    }
}
