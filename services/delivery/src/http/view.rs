//! Messages as JSON.

use ids::{ChannelId, ConversationId};
use serde_json::{Value, json};

use crate::grpc::convert::lane;
use crate::store::messages::{AttemptRow, MessageRow};

/// `show_words`: the caller may read what customers are told, and where.
pub fn message(row: MessageRow, attempts: &[AttemptRow], show_words: bool) -> Value {
    let mut message = json!({
        "id": row.id.to_string(),
        "conversation_id": ConversationId::from_uuid(row.conversation_id).to_string(),
        "channel_id": ChannelId::from_uuid(row.channel_id).to_string(),
        "state": row.state,
        "lane": lane(row.lane),
        "class": row.class,
        "reason": row.reason,
        "provider_id": row.provider_id,
        "correlation_id": row.correlation_id,
        "created_at": row.created_at,
        "due_at": row.due_at,
        "not_after": row.not_after,
        "sent_at": row.sent_at,
        "delivered_at": row.delivered_at,
        "read_at": row.read_at,
        "failed_at": row.failed_at,
        "attempts": attempts.iter().map(attempt).collect::<Vec<_>>(),
    });
    if show_words {
        message["to"] = row.to.into();
        message["text"] = row.text.into();
    }
    message
}

fn attempt(row: &AttemptRow) -> Value {
    json!({
        "number": row.n,
        "outcome": row.outcome,
        "class": row.class,
        "code": row.code,
        "cause": row.cause,
        "started_at": row.started_at,
        "ended_at": row.ended_at,
        "known_at": row.known_at,
    })
}
