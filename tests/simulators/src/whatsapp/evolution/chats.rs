//! The messages an instance remembers, for the look-ups that reconcile unknown sends.

use std::collections::{HashMap, VecDeque};
use std::sync::Mutex;

use jiff::Timestamp;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::lock::lock;
use crate::whatsapp::entry::ReceiptStatus;

/// One message of a chat.
#[derive(Debug, Clone)]
pub(super) struct ChatMessage {
    pub id: String,
    pub jid: String,
    pub from_me: bool,
    pub push_name: String,
    pub text: String,
    pub at_s: i64,
    pub source: &'static str,
    pub updates: Vec<ReceiptStatus>,
}

/// The last messages of all chats.
#[derive(Debug)]
pub(super) struct Chats {
    kept: Mutex<Kept>,
    capacity: usize,
}

#[derive(Debug, Default)]
struct Kept {
    messages: VecDeque<ChatMessage>,
    /// How many have been forgotten: the number of the first one kept.
    forgotten: usize,
    by_id: HashMap<String, usize>,
}

/// The filter of `POST /chat/findMessages`.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Query {
    r#where: Where,
    page: Option<usize>,
    /// The page size, whatever its name says.
    offset: Option<usize>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Where {
    key: KeyFilter,
    message_timestamp: TimeFilter,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct KeyFilter {
    id: Option<String>,
    remote_jid: Option<String>,
    from_me: Option<bool>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct TimeFilter {
    gte: Option<Timestamp>,
    lte: Option<Timestamp>,
}

impl Where {
    fn picks(&self, message: &ChatMessage) -> bool {
        let within = match (self.message_timestamp.gte, self.message_timestamp.lte) {
            (Some(from), Some(to)) => (from.as_second()..=to.as_second()).contains(&message.at_s),
            // One bound alone is not applied by the real one either.
            _ => true,
        };
        within
            && self.key.id.as_deref().is_none_or(|id| id == message.id)
            && self.key.remote_jid.as_deref().is_none_or(|jid| jid == message.jid)
            // `false` is not applied.
            && (self.key.from_me != Some(true) || message.from_me)
    }
}

impl Chats {
    pub fn new(capacity: usize) -> Self {
        Self { kept: Mutex::default(), capacity }
    }

    pub fn add(&self, message: ChatMessage) {
        let mut kept = lock(&self.kept);
        if kept.messages.len() >= self.capacity
            && let Some(old) = kept.messages.pop_front()
        {
            kept.by_id.remove(&old.id);
            kept.forgotten += 1;
        }
        let at = kept.forgotten + kept.messages.len();
        kept.by_id.insert(message.id.clone(), at);
        kept.messages.push_back(message);
    }

    pub fn update(&self, id: &str, status: ReceiptStatus) {
        let mut kept = lock(&self.kept);
        let at = kept.by_id.get(id).and_then(|at| at.checked_sub(kept.forgotten));
        if let Some(message) = at.and_then(|at| kept.messages.get_mut(at)) {
            message.updates.push(status);
        }
    }

    /// The answer to a look-up: newest first, in pages.
    pub fn find(&self, query: &Query, instance_id: &str) -> Value {
        let kept = lock(&self.kept);
        let found: Vec<&ChatMessage> =
            kept.messages.iter().rev().filter(|message| query.r#where.picks(message)).collect();
        let size = query.offset.unwrap_or(50).max(1);
        let page = query.page.unwrap_or(1).max(1);
        let records: Vec<Value> = found
            .iter()
            .skip((page - 1) * size)
            .take(size)
            .map(|message| record(message, instance_id))
            .collect();
        json!({"messages": {
            "total": found.len(),
            "pages": found.len().div_ceil(size),
            "currentPage": page,
            "records": records,
        }})
    }
}

fn record(message: &ChatMessage, instance_id: &str) -> Value {
    let updates: Vec<Value> =
        message.updates.iter().map(|status| json!({"status": super::event::status(*status)})).collect();
    json!({
        "id": super::message::database_id(),
        "key": {"id": message.id, "fromMe": message.from_me, "remoteJid": message.jid},
        "pushName": message.push_name,
        "messageType": "conversation",
        "message": {"conversation": message.text},
        "messageTimestamp": message.at_s,
        "instanceId": instance_id,
        "source": message.source,
        "contextInfo": null,
        "MessageUpdate": updates,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chats() -> Chats {
        let chats = Chats::new(3);
        for (number, from_me) in [(1, true), (2, false), (3, true), (4, true)] {
            chats.add(ChatMessage {
                id: format!("ID{number}"),
                jid: format!("{}@s.whatsapp.net", number % 2),
                from_me,
                push_name: String::new(),
                text: format!("text {number}"),
                at_s: 1_772_460_930 + number,
                source: "web",
                updates: Vec::new(),
            });
        }
        chats
    }

    fn found(query: Value) -> (u64, Vec<String>) {
        let query: Query = serde_json::from_value(query).unwrap();
        let answer = chats().find(&query, "instance");
        let ids = answer["messages"]["records"].as_array().unwrap().iter();
        let ids = ids.map(|record| record["key"]["id"].as_str().unwrap().to_owned()).collect();
        (answer["messages"]["total"].as_u64().unwrap(), ids)
    }

    #[test]
    fn look_ups_filter_as_the_real_one_does() {
        let all = vec!["ID4".to_owned(), "ID3".to_owned(), "ID2".to_owned()];
        assert_eq!(found(json!({})), (3, all.clone()));
        assert_eq!(found(json!({"where": {"key": {"id": "ID3"}}})).1, ["ID3"]);
        assert_eq!(
            found(json!({"where": {"key": {"remoteJid": "0@s.whatsapp.net", "fromMe": true}}})).1,
            ["ID4"]
        );
        assert_eq!(found(json!({"where": {"key": {"fromMe": false}}})).1, all);
        assert_eq!(found(json!({"page": 2, "offset": 2})), (3, vec!["ID2".to_owned()]));
        let window = json!({"gte": "2026-03-02T14:15:33.000Z", "lte": "2026-03-02T14:15:33.999Z"});
        assert_eq!(found(json!({"where": {"messageTimestamp": window}})).1, ["ID3"]);
        assert_eq!(found(json!({"where": {"messageTimestamp": {"gte": "2030-01-01T00:00:00Z"}}})).1, all);
    }

    #[test]
    fn receipts_are_remembered_with_their_message() {
        let chats = chats();
        chats.update("ID1", ReceiptStatus::Read);
        chats.update("ID4", ReceiptStatus::Sent);
        let answer = chats.find(&Query::default(), "instance");
        assert_eq!(answer["messages"]["records"][0]["MessageUpdate"], json!([{"status": "SERVER_ACK"}]));
    }
}
