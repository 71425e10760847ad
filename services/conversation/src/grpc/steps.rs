//! Steps of a timeline in words. No customers' data but in `text`.

use contract::work::v1::Step;
use ids::{ConversationId, TurnId};
use jiff::Timestamp;
use rpc::parse::proto_time;
use uuid::Uuid;

use super::convert::said;
use crate::{
    domain::timeline::{Wait, Why},
    store::timeline::{ItemFacts, TransitionFacts, TurnFacts},
};

fn step(kind: &str, at: Timestamp, id: String, of: (ConversationId, Uuid), what: String) -> Step {
    Step {
        at: Some(proto_time(at)),
        until: None,
        kind: kind.to_owned(),
        id,
        conversation_id: of.0.to_string(),
        correlation_id: of.1.to_string(),
        what,
        text: String::new(),
    }
}

/// That it came, and that it was given up, if it was.
pub fn of_item(item: &ItemFacts, told: &mut Vec<Step>) {
    let of = (item.conversation, item.correlation);
    let mut what = match (&item.replay_of, item.kind.as_str()) {
        (Some(dead), _) => format!("appended again: it replays {dead}"),
        (None, "message") => "the customer's message was accepted".to_owned(),
        (None, "echo") => "staff wrote from the phone".to_owned(),
        (None, kind) => format!("accepted: {kind}"),
    };
    if let Some(mark) = &item.mark {
        what.push_str(&format!(", marked {mark}"));
    }
    if let Some(sent) = item.sent_at {
        what.push_str(&format!("; by the provider's clock it was written at {sent}"));
    }
    let accepted = step("item.accepted", item.received_at, item.id.to_string(), of, what);
    told.push(Step { text: item.text.clone(), ..accepted });
    if let ("dead", Some(settled)) = (item.state.as_str(), item.settled_at) {
        let why = said(item.error.as_ref(), "cause_text");
        told.push(step("item.dead", settled, item.id.to_string(), of, format!("given up: {why}")));
    }
}

/// A turn, committed or failed. A failed one belongs to the item it failed on.
pub fn of_turn(turn: &TurnFacts, item: &ItemFacts) -> Step {
    let of = (turn.conversation, if turn.id.is_some() { turn.correlation } else { item.correlation });
    let (kind, id, what) = match turn.id {
        Some(id) => {
            let route = match turn.what.split(',').next() {
                Some("taken_over") => "nothing is said by the machine: a person has the conversation; ",
                _ => "",
            };
            ("turn", TurnId::from_uuid(id).to_string(), format!("answered: {route}{}", turn.what))
        }
        None => ("turn.failed", item.id.to_string(), format!("the turn failed: {}", turn.what)),
    };
    Step { until: Some(proto_time(turn.ended_at)), ..step(kind, turn.started_at, id, of, what) }
}

/// A change of state, and the effect that came with it.
pub fn of_transition(one: &TransitionFacts, told: &mut Vec<Step>) {
    let of = (one.conversation, one.correlation);
    let entity = &one.entity;
    let what = match &one.from {
        Some(from) => format!("{entity}: {from} -> {} ({})", one.to, one.cause),
        None => format!("{entity}: {} ({})", one.to, one.cause),
    };
    told.push(step(&format!("{entity}.{}", one.to), one.at, one.id.to_string(), of, what));
    if let Some((outcome, at)) = &one.effect {
        told.push(step(
            "effect",
            *at,
            one.id.to_string(),
            of,
            format!("the calendar was changed: {outcome}"),
        ));
    }
}

/// A time of waiting.
pub fn of_wait(item: &ItemFacts, wait: Wait) -> Step {
    let (kind, what) = match wait.why {
        Why::More => ("wait.more", "whether more was coming: a burst gets one answer"),
        Why::Turn => ("wait.turn", "the turn before it in the same conversation"),
        Why::Retry => ("wait.retry", "the pause after a failed turn"),
        Why::Worker => ("wait.worker", "for a worker: a process had ended or stood still, or all were busy"),
    };
    let of = (item.conversation, item.correlation);
    Step {
        until: wait.until.map(proto_time),
        ..step(kind, wait.from, item.id.to_string(), of, what.to_owned())
    }
}
