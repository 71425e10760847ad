//! Between the contract's types and rows.

use std::time::Duration;

use contract::{conversation::v1 as api, work::v1 as work};
use ids::{ChannelId, ContactId};
use jiff::Timestamp;
use rpc::parse::proto_time;
use serde_json::Value;

use crate::store::{
    conversations::{ConversationRow, TransitionRow},
    dead_items::{DeadRow, FailedTurn},
    media::MediaRow,
    tenants::Overview,
};

pub fn tenant(row: Overview) -> api::Tenant {
    let channels = row.channels.into_iter();
    api::Tenant {
        id: row.id.to_string(),
        slug: row.slug,
        name: row.name,
        time_zone: row.time_zone,
        channels: channels
            .map(|(id, slug, provider)| api::Channel { id: id.to_string(), slug, provider })
            .collect(),
    }
}

pub fn line((author, text, at): (String, String, Timestamp)) -> api::Line {
    // Whoever reads it need not know that no turn said it.
    let author = if author == "moment" { "assistant".to_owned() } else { author };
    api::Line { author, text, at: Some(proto_time(at)) }
}

const OWNERS: [(&str, api::ConversationOwner); 3] = [
    ("bot", api::ConversationOwner::Bot),
    ("waiting_human", api::ConversationOwner::WaitingHuman),
    ("human", api::ConversationOwner::Human),
];

/// The word of an owner; `None` for unspecified.
pub fn word(owner: api::ConversationOwner) -> Option<&'static str> {
    OWNERS.iter().find(|(_, known)| *known == owner).map(|(word, _)| *word)
}

pub fn conversation(row: &ConversationRow) -> api::Conversation {
    let owner =
        OWNERS.iter().find(|(word, _)| *word == row.owned_by).map(|(_, owner)| *owner).unwrap_or_default();
    api::Conversation {
        id: row.id.to_string(),
        channel_id: ChannelId::from_uuid(row.channel_id).to_string(),
        contact_id: ContactId::from_uuid(row.contact_id).to_string(),
        owner: owner.into(),
        undone: row.undone,
        active_at: Some(proto_time(row.active_at)),
    }
}

pub fn transition((entity, from, to, cause, at): TransitionRow) -> api::Transition {
    api::Transition {
        entity,
        from_state: from.unwrap_or_default(),
        to_state: to,
        cause,
        at: Some(proto_time(at)),
    }
}

const MEDIA_STATES: [(&str, api::MediaState); 4] = [
    ("waiting", api::MediaState::Waiting),
    ("stored", api::MediaState::Stored),
    ("failed", api::MediaState::Failed),
    ("expired", api::MediaState::Expired),
];

pub fn media(row: MediaRow) -> api::MediaFile {
    let state = MEDIA_STATES.iter().find(|(word, _)| *word == row.state);
    api::MediaFile {
        item_id: row.item.to_string(),
        kind: row.kind,
        state: state.map(|(_, state)| *state).unwrap_or_default().into(),
        content_type: row.content_type.unwrap_or_default(),
        bytes: row.bytes.unwrap_or_default(),
        cause: row.cause.unwrap_or_default(),
        at: Some(proto_time(row.at)),
        keep_until: row.keep_until.map(proto_time),
    }
}

/// `stale_after`: an older message is not answered by the machine.
pub fn dead_item(row: &DeadRow, stale_after: Duration) -> work::DeadItem {
    let error = Some(&row.error);
    work::DeadItem {
        id: row.id.to_string(),
        kind: format!("inbound.{}", row.kind),
        key: row.conversation_id.to_string(),
        tenant_id: row.tenant_id.to_string(),
        cause: said(error, "cause"),
        cause_text: said(error, "cause_text"),
        owner: work::Owner::Operator.into(),
        next_step: said(error, "next_step"),
        attempts: row.attempts.unsigned_abs() + 1,
        correlation_id: row.correlation_id.to_string(),
        created_at: Some(proto_time(row.created_at)),
        died_at: Some(proto_time(row.died_at)),
        expires_at: Some(proto_time(row.written_at + stale_after)),
        replay_of: row.replay_of.map(|id| id.to_string()).unwrap_or_default(),
    }
}

/// Failed turns, and the last one, which gave the item up.
pub fn attempts(failed: &[FailedTurn], row: &DeadRow) -> Vec<work::Attempt> {
    let mut attempts: Vec<work::Attempt> = (1..)
        .zip(failed)
        .map(|(number, turn)| work::Attempt {
            number,
            started_at: Some(proto_time(turn.started_at)),
            ended_at: Some(proto_time(turn.ended_at)),
            outcome: "failed".to_owned(),
            retry_class: "retry".to_owned(),
            code: String::new(),
            cause: turn.cause.clone(),
        })
        .collect();
    attempts.push(work::Attempt {
        number: u32::try_from(attempts.len() + 1).unwrap_or(u32::MAX),
        // A process that died during it wrote nothing down.
        started_at: None,
        ended_at: Some(proto_time(row.died_at)),
        outcome: "failed".to_owned(),
        retry_class: "perm".to_owned(),
        code: String::new(),
        cause: said(Some(&row.error), "cause_text"),
    });
    attempts
}

pub fn said(value: Option<&Value>, field: &str) -> String {
    value.and_then(|value| value.get(field)).and_then(Value::as_str).unwrap_or_default().to_owned()
}
