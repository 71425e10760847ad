//! Something to say as a message, and the calls of its receivers' functions.

use ids::{ChannelId, MessageId};
use jiff::Timestamp;
use serde::Serialize;
use serde_json::{Value, json};
use sqlx::PgConnection;
use uuid::Uuid;

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

#[derive(Debug, Serialize)]
#[serde(tag = "kind", rename_all = "lowercase")]
pub(crate) enum Body {
    Text { text: String },
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
    let Body::Text { text } = &message.body;
    let said: Value = json!({
        "conversation_id": message.conversation_id,
        "message_id": id,
        "text": text,
        "at": at,
        "author": author,
    });
    sqlx::query!("select conversation.note_said_v1($1)", said).execute(transaction).await?;
    Ok(())
}
