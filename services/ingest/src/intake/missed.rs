//! Taking in what was fetched from a provider's list: through the same door, marked late.

use std::sync::Arc;

use bytes::Bytes;
use http::HeaderMap;
use jiff::Timestamp;
use jiff::fmt::rfc2822::DateTimeParser;
use serde_json::{Value, json};

use super::plan::Trust;
use super::take::{Intake, Refused, Taken};
use crate::channels::{Account, Channel};
use crate::domain::{InboundEvent, Parsed, Unparsable};
use crate::providers::{evolution, twilio};
use crate::quarantine::Raw;

/// Messages of the bridge that are read as one webhook.
const TOGETHER: usize = 500;

impl Intake {
    /// Takes records of the channel's list in, oldest first.
    ///
    /// # Errors
    /// If the receivers do not answer: then all of it may be taken again.
    pub async fn take_missed(&self, channel: &Arc<Channel>, records: &[Value]) -> Result<Taken, Refused> {
        let mut sum = Taken::default();
        match &channel.account {
            Account::Evolution { instance, .. } => {
                for part in records.chunks(TOGETHER) {
                    let (sent, written): (Vec<_>, Vec<_>) =
                        part.iter().partition(|record| is_sent_by_api(record));
                    for (event, data) in [("messages.upsert", written), ("send.message", sent)] {
                        if data.is_empty() {
                            continue;
                        }
                        let body = json!({ "event": event, "instance": instance, "data": data }).to_string();
                        let parsed = evolution::parse(body.as_bytes());
                        add(&mut sum, self.take_late(channel, body, parsed).await?);
                    }
                }
            }
            Account::Twilio { account_sid, .. } => {
                for record in records {
                    let body = as_webhook(account_sid, record).to_string();
                    let parsed = twilio::parse(body.as_bytes(), None).map(|parsed| dated(parsed, record));
                    add(&mut sum, self.take_late(channel, body, parsed).await?);
                }
            }
            // It keeps no list.
            Account::Meta { .. } => {}
        }
        Ok(sum)
    }

    async fn take_late(
        &self,
        channel: &Arc<Channel>,
        body: String,
        parsed: Result<Parsed, Unparsable>,
    ) -> Result<Taken, Refused> {
        let headers = HeaderMap::new();
        let raw = Raw {
            provider: channel.account.provider(),
            received_at: self.now(),
            channel_slug: Some(&channel.slug),
            client_ref: None,
            headers: &headers,
            body: Bytes::from(body),
        };
        let parsed = parsed.map(|parsed| Parsed { late: true, ..parsed });
        self.take(raw, Some(Arc::clone(channel)), Trust::Channel, parsed).await
    }
}

fn add(sum: &mut Taken, more: Taken) {
    sum.accepted += more.accepted;
    sum.duplicates += more.duplicates;
    sum.ignored += more.ignored;
    sum.quarantined += more.quarantined;
    sum.news += more.news;
    sum.newest = sum.newest.max(more.newest);
}

/// Sent through the bridge's API, by us or by another program; not typed by a person. The list files both alike, so it is told by
/// what API sends never have: an author's own name (the bridge puts "Você" there, in any language), a `source` that is not `web`
/// (WhatsApp Web's ids look like the bridge's), and the list of devices that WhatsApp's own programs write into each message they
/// encrypt. Whatever has one of them was typed.
fn is_sent_by_api(record: &Value) -> bool {
    let ours = record.pointer("/key/fromMe").is_some_and(|ours| ours == true || ours == "true");
    let nameless = record["pushName"].as_str().is_none_or(|name| name.is_empty() || name == "Você");
    let elsewhere = record["source"].as_str().is_some_and(|source| !matches!(source, "web" | "unknown" | ""));
    ours && nameless && !elsewhere && !lists_devices(&record["message"])
}

/// Disappearing messages and the like hold the message once more.
fn lists_devices(message: &Value) -> bool {
    const WRAPPERS: usize = 5;
    let mut inner = vec![message];
    for _ in 0..=WRAPPERS {
        let listed = |message: &&Value| {
            let info = &message["messageContextInfo"];
            !info["deviceListMetadata"].is_null() || !info["deviceListMetadataVersion"].is_null()
        };
        if inner.iter().any(listed) {
            return true;
        }
        let members =
            inner.iter().filter_map(|message| message.as_object()).flat_map(|message| message.values());
        inner = members.filter_map(|member| member.get("message")).collect();
    }
    false
}

/// The fields of a webhook, as far as Twilio's list has them. Where its files are, it does not say.
fn as_webhook(account_sid: &str, record: &Value) -> Value {
    let has_files = record["num_media"].as_str().is_some_and(|count| count != "0");
    json!({
        "AccountSid": account_sid, "MessageSid": record["sid"], "From": record["from"], "To": record["to"],
        "Body": record["body"], "NumMedia": record["num_media"],
        "MessageType": if has_files { "media" } else { "text" },
    })
}

/// Webhooks have no time; the list does.
fn dated(mut parsed: Parsed, record: &Value) -> Parsed {
    let at = ["date_sent", "date_created"].iter().find_map(|field| written(record[field].as_str()?));
    for routed in &mut parsed.events {
        if let InboundEvent::Message(message) = &mut routed.event {
            message.sent_at = at;
        }
    }
    parsed
}

fn written(text: &str) -> Option<Timestamp> {
    DateTimeParser::new().parse_timestamp(text).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_another_program_sent_is_told_from_what_a_person_typed() {
        let ours =
            |name: Value, source: Value| json!({"key": {"fromMe": true}, "pushName": name, "source": source});
        assert!(is_sent_by_api(&ours(json!("Você"), json!("web"))));
        assert!(is_sent_by_api(&ours(json!(null), json!(null))), "older servers file less");
        assert!(!is_sent_by_api(&ours(json!("Harbour Dental"), json!("web"))), "typed into WhatsApp Web");
        assert!(!is_sent_by_api(&ours(json!("Você"), json!("ios"))), "a phone's message that lost its name");
        let mut typed = ours(json!("Você"), json!("web"));
        typed["message"] = json!({"conversation": "hello", "messageContextInfo": {"messageSecret": "x"}});
        assert!(is_sent_by_api(&typed), "a secret the bridge makes, too");
        typed["message"]["messageContextInfo"]["deviceListMetadataVersion"] = json!(2);
        assert!(!is_sent_by_api(&typed), "WhatsApp Web, whose author's name was lost");
        typed["message"] = json!({"ephemeralMessage": {"message": typed["message"]}});
        assert!(!is_sent_by_api(&typed), "wherever it stands");
        assert!(!is_sent_by_api(&json!({"key": {"fromMe": false}, "source": "web"})), "a customer's");
    }

    #[test]
    fn a_record_of_twilios_list_is_read_as_the_webhook_would_have_been() {
        let record = json!({
            "sid": "SM1", "from": "whatsapp:+447700900123", "to": "whatsapp:+447700900300", "body": "hello",
            "num_media": "0", "date_sent": "Mon, 02 Mar 2026 14:15:30 +0000", "direction": "inbound",
        });
        let body = as_webhook("AC1", &record).to_string();
        let parsed = dated(twilio::parse(body.as_bytes(), None).unwrap(), &record);
        let InboundEvent::Message(message) = &parsed.events[0].event else { panic!("{parsed:?}") };
        assert_eq!(message.content.text(), Some("hello"));
        assert_eq!(message.sent_at.map(|at| at.as_second()), Some(1_772_460_930));
    }
}
