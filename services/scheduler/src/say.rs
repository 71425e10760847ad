//! Something to say as a message, and the calls of its receivers' functions.

use ids::{ChannelId, MessageId};
use jiff::Timestamp;
use serde::Serialize;
use serde_json::{Value, json};
use sqlx::PgConnection;
use uuid::Uuid;

use crate::domain::wording::Variables;
use crate::store;

/// A text on its way into delivery's inbox.
#[derive(Debug, Serialize)]
pub(crate) struct Message {
    pub tenant_id: Uuid,
    pub channel_id: Uuid,
    pub conversation_id: Uuid,
    pub to: String,
    pub lane: &'static str,
    pub class: &'static str,
    pub profile: &'static str,
    pub body: Body,
    pub not_after: Timestamp,
    pub correlation_id: Uuid,
    pub cause: String,
    pub dedupe_key: String,
    pub on_unknown: &'static str,
}

/// What is said. The text says by itself how to answer it in words.
#[derive(Debug, Serialize)]
pub(crate) struct Body {
    kind: &'static str,
    text: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    buttons: Vec<Button>,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    self_contained: bool,
    /// What goes where only an approved template may.
    fallback: Fallback,
}

/// An answer to tap.
#[derive(Debug, Serialize)]
pub(crate) struct Button {
    /// What comes back.
    pub id: String,
    /// What stands on it.
    pub title: &'static str,
}

impl Body {
    pub fn text(text: String, fallback: Fallback) -> Self {
        Self { kind: "text", text, buttons: Vec::new(), self_contained: false, fallback }
    }

    /// A text with answers to tap, where the customer's WhatsApp shows any. A template's buttons give back the same.
    pub fn buttons(text: String, buttons: Vec<Button>, fallback: Fallback) -> Self {
        let payloads = buttons.iter().map(|button| button.id.clone()).collect();
        let fallback = Fallback { buttons: payloads, ..fallback };
        Self { kind: "buttons", text, buttons, self_contained: true, fallback }
    }
}

/// A template by the part it plays; which one that is, the channel knows.
#[derive(Debug, Serialize)]
pub(crate) struct Fallback {
    /// `reminder`, `moved` or `cancelled`.
    pub part: &'static str,
    /// The language the customer should read.
    pub language: &'static str,
    pub variables: Variables,
    /// What its buttons give back.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub buttons: Vec<String>,
}

/// What delivery made of a message.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Queued {
    pub message_id: MessageId,
    pub channel_id: ChannelId,
    /// False when it had this one already.
    pub is_new: bool,
}

/// Puts all messages into delivery's inbox in one call. The answers are in the order of the messages; none where delivery
/// does not know the channel. `notify`: delivery hears of it at the commit; for callers that publish no wake-up.
pub(crate) async fn enqueue(
    transaction: &mut PgConnection,
    messages: &[Message],
    notify: bool,
) -> Result<Vec<Option<Queued>>, store::Error> {
    let rows = sqlx::query!(
        r#"select message_id, channel_id, outcome as "outcome!"
           from delivery.enqueue_v1($1, $2) order by ord"#,
        json!(messages),
        notify
    )
    .fetch_all(transaction)
    .await?;
    if rows.len() != messages.len() {
        let found = format!("{} answers to {} messages", rows.len(), messages.len());
        return Err(store::Error::impossible("delivery.enqueue_v1", "", "ord", found));
    }
    Ok(rows
        .into_iter()
        .map(|row| {
            Some(Queued {
                message_id: MessageId::from_uuid(row.message_id?),
                channel_id: ChannelId::from_uuid(row.channel_id?),
                is_new: row.outcome == "queued",
            })
        })
        .collect())
}

/// Lets the conversation know what its customer will have read.
pub(crate) async fn note_said(
    transaction: &mut PgConnection,
    message: &Message,
    id: MessageId,
    at: Timestamp,
    author: &str,
) -> Result<(), store::Error> {
    let said: Value = json!({
        "conversation_id": message.conversation_id,
        "message_id": id,
        "text": message.body.text,
        "at": at,
        "author": author,
    });
    sqlx::query!("select conversation.note_said_v1($1)", said).execute(transaction).await?;
    Ok(())
}
