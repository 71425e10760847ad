//! Between the contract's types and ours.

use contract::alerting::v1 as api;
use rpc::parse::proto_time;

use crate::domain::dead_letter::{DeadLetter, State};

pub fn letter(letter: DeadLetter) -> api::DeadLetter {
    let resolution = match &letter.state {
        State::Open => String::new(),
        State::Replayed { as_item } => as_item.clone(),
        State::Discarded { reason } => reason.clone(),
    };
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
        resolution,
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
