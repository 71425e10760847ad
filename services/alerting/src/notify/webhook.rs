//! What another program is told, and how it knows that it comes from here: the headers of Standard Webhooks
//! (<https://www.standardwebhooks.com>), `webhook-id`, `webhook-timestamp` and `webhook-signature`.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use hmac::{Hmac, Mac as _};
use serde_json::{Value, json};
use settings::Secret;
use sha2::Sha256;
use uuid::Uuid;

use crate::domain::bundle::News;

/// A secret that begins so is base64 behind it; any other is its own bytes.
const ENCODED: &str = "whsec_";

/// The body of a post.
pub fn body(post: Uuid, news: &[News]) -> Value {
    let changes: Vec<_> = news.iter().map(change).collect();
    json!({ "id": post, "type": "incidents.changed", "changes": changes })
}

/// The body of a test.
pub fn test_body(post: Uuid, asked_by: &str) -> Value {
    json!({ "id": post, "type": "test", "asked_by": asked_by })
}

fn change(news: &News) -> Value {
    let incident = &news.incident;
    let (key, said) = (&incident.key, &incident.said);
    json!({
        "change": news.change.name(), "at": news.at, "incident_id": incident.id.to_string(), "service": key.service, "kind": key.kind,
        "subject": key.subject, "name": said.name, "tenant_id": said.tenant_id, "severity": said.severity.name(),
        "since": incident.course.since, "count": said.count, "cause": said.cause, "responsible": said.responsible,
        "next_step": said.next_step, "look": said.look, "details": said.details, "reopened": incident.course.reopened,
    })
}

/// The value of `webhook-signature`: the same for the same body at the same time.
pub fn signature(secret: &Secret, id: Uuid, seconds: i64, body: &str) -> String {
    let text = secret.expose();
    let decoded = text.strip_prefix(ENCODED).and_then(|encoded| STANDARD.decode(encoded).ok());
    let key = decoded.unwrap_or_else(|| text.as_bytes().to_vec());
    // A key of any length is one.
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(&key) else { return String::new() };
    mac.update(format!("{id}.{seconds}.{body}").as_bytes());
    format!("v1,{}", STANDARD.encode(mac.finalize().into_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{bundle::tests::closed, incident::Change};

    #[test]
    fn a_receiver_can_prove_it_and_no_other_body_passes() {
        let secret = Secret::from("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw");
        let id = Uuid::nil();
        let signed = signature(&secret, id, 1_614_265_330, r#"{"test": 2432232314}"#);
        assert!(signed.starts_with("v1,") && signed.len() == 47, "{signed}");
        assert_ne!(signed, signature(&secret, id, 1_614_265_330, r#"{"test": 2432232315}"#));
        assert_ne!(signed, signature(&secret, id, 1_614_265_331, r#"{"test": 2432232314}"#));
        assert_ne!(signed, signature(&Secret::from("another"), id, 1_614_265_330, r#"{"test": 2432232314}"#));
    }

    #[test]
    fn a_change_is_told_in_full() {
        let body = body(Uuid::nil(), &[closed("harbour", Change::Opened)]);
        assert_eq!(body["type"], "incidents.changed");
        assert_eq!(body["changes"][0]["kind"], "CHANNEL_CLOSED");
        assert_eq!(body["changes"][0]["severity"], "critical");
    }
}
