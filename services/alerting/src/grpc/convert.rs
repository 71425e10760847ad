//! Between the contract's types and ours.

use contract::alerting::v1 as api;
use rpc::{Failure, parse::proto_time};
use tonic::Status;

use crate::{
    close::CloseError,
    domain::{
        dead_letter::{DeadLetter, State},
        retry_policy::RetryPolicy,
    },
    owners::OwnersError,
    store::{actions::ActionRow, groups::Group},
};

pub fn letter(letter: DeadLetter) -> api::DeadLetter {
    api::DeadLetter {
        id: letter.id.to_string(),
        owner_service: letter.owner.name().to_owned(),
        item_id: letter.item_id,
        tenant_id: letter.tenant_id,
        cause: format!("{}: {}", letter.cause, letter.cause_text),
        responsible: letter.responsible,
        next_step: letter.next_step,
        correlation_id: letter.correlation_id,
        state: state(&letter.state).into(),
        died_at: Some(proto_time(letter.died_at)),
        noticed_by: letter.noticed_by.name().to_owned(),
        resolution: letter.state.resolution().unwrap_or_default().to_owned(),
        cause_name: letter.cause,
        policy_retries: letter.policy_retries,
        expires_at: letter.expires_at.map(proto_time),
    }
}

pub fn group(group: Group) -> api::DeadLetterGroup {
    api::DeadLetterGroup {
        owner_service: group.owner_service,
        cause_name: group.cause,
        cause: group.cause_text,
        responsible: group.responsible,
        next_step: group.next_step,
        count: group.count,
        oldest_at: Some(proto_time(group.oldest_at)),
        newest_at: Some(proto_time(group.newest_at)),
    }
}

pub fn action(row: ActionRow) -> api::DeadLetterAction {
    api::DeadLetterAction {
        at: Some(proto_time(row.at)),
        action: row.action,
        role: row.role,
        asked_by: row.asked_by,
        dead_letter_id: row.dead_letter.map(|id| id.to_string()).unwrap_or_default(),
        cause_name: row.cause,
        detail: row.detail,
        correlation_id: row.correlation_id.to_string(),
    }
}

pub fn policy(policy: RetryPolicy) -> api::RetryPolicy {
    let seconds = i64::try_from(policy.after.as_secs()).unwrap_or(i64::MAX);
    api::RetryPolicy {
        cause: policy.cause,
        after: Some(prost_types::Duration { seconds, nanos: 0 }),
        at_most: policy.at_most,
        set_by: policy.set_by,
        set_at: Some(proto_time(policy.set_at)),
    }
}

fn state(state: &State) -> api::DeadLetterState {
    match state {
        State::Open => api::DeadLetterState::Open,
        State::Replayed { .. } => api::DeadLetterState::Replayed,
        State::Discarded { .. } => api::DeadLetterState::Discarded,
    }
}

/// The stored word for a requested state; open when none is given.
pub fn wanted_state(state: api::DeadLetterState) -> &'static str {
    match state {
        api::DeadLetterState::Unspecified | api::DeadLetterState::Open => "open",
        api::DeadLetterState::Replayed => "replayed",
        api::DeadLetterState::Discarded => "discarded",
    }
}

/// A filter that was given.
pub fn wanted(text: &str) -> Option<&str> {
    Some(text).filter(|text| !text.is_empty())
}

/// A cause's name as it is stored.
pub fn wanted_cause(text: &str) -> Option<String> {
    wanted(text).map(str::to_uppercase)
}

pub fn close_failure(error: CloseError) -> Status {
    match error {
        CloseError::Owner(error) => owner_failure(error),
        CloseError::Closed { was: "replayed", resolution } => Failure::precondition(
            format!("it was replayed as {resolution}"),
            "look at that item; a replay that died too has a dead letter of its own",
        )
        .into(),
        CloseError::Closed { was, resolution } => {
            Failure::precondition(format!("it was {was}: {resolution}"), "nothing more can be done with it")
                .into()
        }
        CloseError::Store(error) => Failure::internal(error).into(),
    }
}

/// The owner's own words go through; only its being away is ours to explain.
pub fn owner_failure(error: OwnersError) -> Status {
    match error.status.code() {
        tonic::Code::Unavailable | tonic::Code::DeadlineExceeded => Failure::unavailable(
            format!("{} does not answer", error.owner),
            "check that it runs and try again; nothing is lost",
        )
        .into(),
        _ => *error.status,
    }
}
