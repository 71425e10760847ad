//! Between the contract's types and rows.

use contract::{delivery::v1 as api, work::v1 as work};
use ids::{ChannelId, ConversationId};
use rpc::parse::proto_time;
use serde_json::Value;

use crate::store::{
    channels::ChannelOverview,
    dead_items::DeadRow,
    messages::{AttemptRow, MessageRow},
};

/// `show_words`: the caller may read what customers are told, and where.
pub fn message(row: MessageRow, show_words: bool) -> api::Message {
    api::Message {
        id: row.id.to_string(),
        conversation_id: ConversationId::from_uuid(row.conversation_id).to_string(),
        channel_id: ChannelId::from_uuid(row.channel_id).to_string(),
        state: state(&row.state).into(),
        attempts: row.attempts,
        lane: lane(row.lane).to_owned(),
        message_class: row.class,
        provider_id: row.provider_id.unwrap_or_default(),
        cause: explained(row.reason.as_ref()),
        next_step: said(row.reason.as_ref(), "next_step"),
        text: if show_words { row.text } else { String::new() },
        to_address: if show_words { row.to } else { String::new() },
        correlation_id: row.correlation_id.to_string(),
        created_at: Some(proto_time(row.created_at)),
        due_at: row.due_at.map(proto_time),
        not_after: row.not_after.map(proto_time),
        sent_at: row.sent_at.map(proto_time),
        delivered_at: row.delivered_at.map(proto_time),
        read_at: row.read_at.map(proto_time),
        failed_at: row.failed_at.map(proto_time),
    }
}

/// The word of a lane's number; empty for a stranger.
pub fn lane(number: i16) -> &'static str {
    ["high", "normal", "bulk"].get(usize::from(number.unsigned_abs())).copied().unwrap_or_default()
}

pub fn attempt(row: AttemptRow) -> api::Attempt {
    api::Attempt {
        number: row.n,
        outcome: row.outcome,
        retry_class: row.class.unwrap_or_default(),
        code: row.code.unwrap_or_default(),
        cause: row.cause.unwrap_or_default(),
        started_at: Some(proto_time(row.started_at)),
        ended_at: Some(proto_time(row.ended_at)),
        known_at: row.known_at.map(proto_time),
    }
}

const STATES: [(&str, api::MessageState); 12] = [
    ("queued", api::MessageState::Queued),
    ("intended", api::MessageState::Intended),
    ("sent", api::MessageState::Sent),
    ("delivered", api::MessageState::Delivered),
    ("read", api::MessageState::Read),
    ("failed", api::MessageState::Failed),
    ("unknown", api::MessageState::Unknown),
    ("expired", api::MessageState::Expired),
    ("skipped", api::MessageState::Skipped),
    ("cancelled", api::MessageState::Cancelled),
    ("dry_run", api::MessageState::DryRun),
    ("dead", api::MessageState::Dead),
];

fn state(word: &str) -> api::MessageState {
    STATES
        .iter()
        .find(|(known, _)| *known == word)
        .map_or(api::MessageState::Unspecified, |(_, state)| *state)
}

/// The word of a state; `None` for unspecified.
pub fn word(state: api::MessageState) -> Option<&'static str> {
    STATES.iter().find(|(_, known)| *known == state).map(|(word, _)| *word)
}

pub fn channel(row: ChannelOverview) -> api::Channel {
    let explanation = row.door.closure().map(|closure| (closure.why.advice(), row.door.is_half_open()));
    api::Channel {
        id: row.id.to_string(),
        slug: row.slug,
        provider: row.provider,
        door: row.door.shown().to_owned(),
        explanation: explanation
            .map(|(advice, is_half_open)| match is_half_open {
                true => format!(
                    "the next message goes first, and the others follow it; it was closed: {}",
                    advice.words
                ),
                false => format!("{}; {}", advice.words, advice.next_step),
            })
            .unwrap_or_default(),
        door_since: row.door.closure().map(|closure| proto_time(closure.since)),
        paused: row.door.shown() == "paused",
        depth: row.depth,
        later: row.later,
        oldest_at: row.oldest_at.map(proto_time),
        unknown: row.unknown,
        tokens_per_second: row.tokens_per_second,
        bucket_capacity: row.bucket_capacity,
        tenant_id: row.tenant_id.to_string(),
        owner: row.owner.map(|owner| owner.to_string()).unwrap_or_default(),
        deaf: row.deaf.map(|deaf| api::Deafness {
            since: Some(proto_time(deaf.since)),
            found_at: Some(proto_time(deaf.found_at)),
            because: deaf.because.as_str().to_owned(),
            link: deaf.link.as_str().to_owned(),
            explanation: deaf.words,
            next_step: deaf.next_step,
        }),
    }
}

pub fn dead_item(row: &DeadRow) -> work::DeadItem {
    let reason = Some(&row.reason);
    work::DeadItem {
        id: row.id.to_string(),
        kind: format!("outbound.{}", row.class),
        key: row.channel_id.to_string(),
        tenant_id: row.tenant_id.to_string(),
        cause: said(reason, "cause").to_uppercase(),
        // What a provider said is with the attempts; where nobody was called, only here.
        cause_text: if row.attempts == 0 { explained(reason) } else { said(reason, "cause_text") },
        owner: owner(&said(reason, "owner")).into(),
        next_step: said(reason, "next_step"),
        attempts: row.attempts.unsigned_abs(),
        correlation_id: row.correlation_id.to_string(),
        created_at: Some(proto_time(row.created_at)),
        died_at: Some(proto_time(row.died_at)),
        expires_at: row.not_after.map(proto_time),
        replay_of: row.replay_of.map(|id| id.to_string()).unwrap_or_default(),
    }
}

fn owner(word: &str) -> work::Owner {
    match word {
        "front_desk" => work::Owner::Tenant,
        "developer" => work::Owner::Developer,
        _ => work::Owner::Operator,
    }
}

/// Why, and what was said about it: the template that is missing, the provider's own words. No customers' words.
pub fn explained(reason: Option<&Value>) -> String {
    let (words, more) = (said(reason, "cause_text"), said(reason, "said"));
    if more.is_empty() { words } else { format!("{words}: {more}") }
}

pub fn said(reason: Option<&Value>, field: &str) -> String {
    reason.and_then(|reason| reason.get(field)).and_then(Value::as_str).unwrap_or_default().to_owned()
}
