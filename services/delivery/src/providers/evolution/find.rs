//! Looks for a message in the list Evolution keeps, when it keeps one (`DATABASE_SAVE_DATA_NEW_MESSAGE`).

use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use tokio::time::Instant;

use crate::domain::ladder::Rung;
use crate::domain::outcome::Trouble;
use crate::domain::unknown::{Found, FoundMessage};
use crate::providers::evolution::account::Account;
use crate::providers::evolution::classify::{is_id, unanswered};
use crate::providers::evolution::number::chat;
use crate::providers::{Missed, Sought, Window, exchange};

/// By so much the server's clock may differ from ours.
const SKEW: Duration = Duration::from_secs(30);

/// Messages per question: small enough that even pictures with their previews fit the largest answer.
const PAGE: u32 = 20;

/// Pages per chat. The window is minutes long; nobody writes to one person more often.
const PAGES: u32 = 5;

/// How far back a message of the chat shows that the list is kept: a setting can change.
const RECENT: Duration = Duration::from_secs(24 * 60 * 60);

/// How deep a text may be wrapped (disappearing messages, edits, …).
const WRAPPERS: usize = 5;

#[derive(Serialize)]
struct Query<'a> {
    r#where: Where<'a>,
    page: u32,
    /// The page's size, in Evolution's words.
    offset: u32,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Where<'a> {
    key: WhereKey<'a>,
    message_timestamp: Between,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct WhereKey<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    remote_jid: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    from_me: Option<bool>,
}

/// Works only with both ends.
#[derive(Serialize)]
struct Between {
    gte: Timestamp,
    lte: Timestamp,
}

#[derive(Deserialize)]
struct Listed {
    messages: Page,
}

#[derive(Deserialize)]
struct Page {
    #[serde(default)]
    pages: u32,
    records: Vec<Value>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Record {
    key: RecordKey,
    #[serde(default)]
    message: Value,
    #[serde(default)]
    message_timestamp: Value,
    #[serde(rename = "MessageUpdate")]
    updates: Option<Vec<Update>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RecordKey {
    id: String,
    #[serde(default)]
    from_me: bool,
}

#[derive(Deserialize)]
struct Update {
    status: Option<String>,
}

/// The client, the account and the deadline of one look.
struct List<'a> {
    client: &'a reqwest::Client,
    account: &'a Account,
    deadline: Instant,
}

/// Every message of ours with that text, in one of the chats and in the time.
pub(super) async fn find(
    client: &reqwest::Client,
    account: &Account,
    sought: &Sought,
    deadline: Instant,
) -> Result<Found, Trouble> {
    let list = List { client, account, deadline };
    // An address Evolution cannot send to has no chat there.
    let chats: Vec<String> = sought.addresses.iter().filter_map(|address| chat(address).ok()).collect();
    let mut ours = Vec::new();
    for chat in &chats {
        for page in 1..=PAGES {
            let listed = list.page(&ours_in(chat, sought, page)).await?;
            ours.extend(listed.records.iter().filter_map(|record| matching(record, sought)));
            if listed.pages <= page {
                break;
            }
        }
    }
    ours.sort_by_key(|found: &FoundMessage| found.at);
    ours.dedup_by(|a, b| a.provider_id == b.provider_id);
    let mut keeps_list = !ours.is_empty();
    for chat in &chats {
        keeps_list = keeps_list || !list.page(&anything_in(chat, sought)).await?.records.is_empty();
    }
    Ok(Found { ours, keeps_list })
}

/// A page of everything in all chats in that time, newest first, as the server filed it.
pub(super) async fn missed(
    client: &reqwest::Client,
    account: &Account,
    window: &Window,
    deadline: Instant,
) -> Result<Missed, Trouble> {
    let page = window.page.as_deref().and_then(|page| page.parse().ok()).unwrap_or(1);
    let query = Query {
        r#where: Where {
            key: WhereKey { remote_jid: None, from_me: None },
            message_timestamp: Between { gte: window.from, lte: window.until },
        },
        page,
        offset: PAGE,
    };
    let listed = List { client, account, deadline }.page(&query).await?;
    let next = (listed.pages > page).then(|| (page + 1).to_string());
    Ok(Missed { records: listed.records, next })
}

fn ours_in<'a>(chat: &'a str, sought: &Sought, page: u32) -> Query<'a> {
    Query {
        r#where: Where {
            key: WhereKey { remote_jid: Some(chat), from_me: Some(true) },
            message_timestamp: between(sought, SKEW),
        },
        page,
        offset: PAGE,
    }
}

fn anything_in<'a>(chat: &'a str, sought: &Sought) -> Query<'a> {
    Query {
        r#where: Where {
            key: WhereKey { remote_jid: Some(chat), from_me: None },
            message_timestamp: between(sought, RECENT),
        },
        page: 1,
        offset: 1,
    }
}

fn between(sought: &Sought, before: Duration) -> Between {
    Between {
        gte: sought.from.checked_sub(before).unwrap_or(Timestamp::MIN),
        lte: sought.until.checked_add(SKEW).unwrap_or(Timestamp::MAX),
    }
}

impl List<'_> {
    async fn page(&self, query: &Query<'_>) -> Result<Page, Trouble> {
        let query = exchange::json(query)?;
        let request = self.account.authorise(self.client.post(self.account.find_messages()));
        let answer = exchange::post(request, query, self.deadline).await?;
        let body = answer.body.as_deref().filter(|_| (200..300).contains(&answer.status));
        match body.and_then(|body| serde_json::from_slice::<Listed>(body).ok()) {
            Some(listed) => Ok(listed.messages),
            None => Err(unanswered(&answer, &self.account.private(&[]))),
        }
    }
}

/// A record that cannot be read is somebody else's: the list holds everything the number ever saw.
fn matching(record: &Value, sought: &Sought) -> Option<FoundMessage> {
    let record = Record::deserialize(record).ok()?;
    let said = text(&record.message)?;
    if !record.key.from_me || !is_id(&record.key.id) || said.trim() != sought.text.trim() {
        return None;
    }
    let rung = record.updates.iter().flatten().filter_map(|update| rung(update.status.as_deref()?)).max();
    Some(FoundMessage {
        provider_id: record.key.id,
        at: timestamp(&record.message_timestamp)?,
        // Being in the list proves as much as a 201.
        rung: rung.unwrap_or(Rung::Sent),
    })
}

/// The text or caption of a message, whichever way the server's version files it.
fn text(message: &Value) -> Option<&str> {
    let mut message = message;
    for _ in 0..=WRAPPERS {
        let plain = message.get("conversation").or_else(|| message.pointer("/extendedTextMessage/text"));
        if let Some(text) = plain.and_then(Value::as_str) {
            return Some(text);
        }
        let contents = message.as_object()?;
        if let Some(caption) = contents.values().find_map(|content| content.get("caption")?.as_str()) {
            return Some(caption);
        }
        message = contents.values().find_map(|content| content.get("message"))?;
    }
    None
}

/// Seconds as a number, as digits, or as the halves of a long.
fn timestamp(value: &Value) -> Option<Timestamp> {
    let value = value.get("low").unwrap_or(value);
    let seconds = value.as_i64().or_else(|| value.as_str()?.parse().ok())?;
    Timestamp::from_second(seconds).ok()
}

fn rung(status: &str) -> Option<Rung> {
    match status {
        "ERROR" => Some(Rung::Failed),
        "SERVER_ACK" => Some(Rung::Sent),
        "DELIVERY_ACK" => Some(Rung::Delivered),
        "READ" | "PLAYED" => Some(Rung::Read),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn texts_are_found_however_they_are_filed() {
        for message in [
            json!({"conversation": "Hello"}),
            json!({"extendedTextMessage": {"text": "Hello", "contextInfo": {}}}),
            json!({"messageContextInfo": {}, "conversation": "Hello"}),
            json!({"ephemeralMessage": {"message": {"extendedTextMessage": {"text": "Hello"}}}}),
            json!({"documentMessage": {"caption": "Hello", "fileName": "a.pdf"}}),
            json!({"deviceSentMessage": {"message": {"ephemeralMessage": {"message": {"conversation": "Hello"}}}}}),
        ] {
            assert_eq!(text(&message), Some("Hello"), "{message}");
        }
        for message in [json!(null), json!({"imageMessage": {"url": "Hello"}}), json!([]), json!({})] {
            assert_eq!(text(&message), None, "{message}");
        }
    }

    #[test]
    fn times_are_read_in_all_their_forms() {
        let expected = Timestamp::from_second(1_772_461_005).ok();
        for value in [
            json!(1_772_461_005),
            json!("1772461005"),
            json!({"low": 1_772_461_005, "high": 0, "unsigned": true}),
        ] {
            assert_eq!(timestamp(&value), expected, "{value}");
        }
        assert_eq!(timestamp(&json!(null)), None);
        assert_eq!(timestamp(&json!("soon")), None);
    }
}
