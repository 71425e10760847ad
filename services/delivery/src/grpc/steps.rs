//! Steps of a timeline in words. No customers' data but in `text`.

use contract::work::v1::Step;
use jiff::Timestamp;
use rpc::parse::proto_time;

use super::convert::said;
use crate::{
    domain::timeline::{Wait, Why},
    store::timeline::{AttemptFacts, MessageFacts},
};

fn step(message: &MessageFacts, kind: &str, at: Timestamp, what: String) -> Step {
    Step {
        at: Some(proto_time(at)),
        until: None,
        kind: kind.to_owned(),
        id: message.id.to_string(),
        conversation_id: message.conversation.to_string(),
        correlation_id: message.correlation.to_string(),
        what,
        text: String::new(),
    }
}

/// That it was queued, what the provider reported, and what it came to when it was not sent.
pub fn of_message(message: &MessageFacts, told: &mut Vec<Step>) {
    let lane = ["high", "normal", "bulk"].get(usize::from(message.lane.unsigned_abs())).copied();
    let (class, lane) = (&message.class, lane.unwrap_or_default());
    let queued = match message.replay_of {
        Some(dead) => format!("a {class} was queued again, in the lane {lane}: it replays {dead}"),
        None => format!("a {class} was queued in the lane {lane}"),
    };
    told.push(Step {
        text: message.text.clone(),
        ..step(message, "message.queued", message.queued_at, queued)
    });
    let words = [
        "the provider says it is sent",
        "it was delivered to the phone",
        "it was read",
        "the provider failed to deliver it",
    ];
    for (n, (word, at)) in words.into_iter().zip(message.receipts).enumerate() {
        let Some(at) = at else { continue };
        let what = match (&message.error_code, n) {
            (Some(code), 3) => format!("{word} (code {code})"),
            _ => word.to_owned(),
        };
        told.push(step(message, "receipt", at, what));
    }
    let Some(settled) = message.settled_at else { return };
    let reason = said(message.reason.as_ref(), "cause_text");
    let reason = if reason.is_empty() { said(message.reason.as_ref(), "cause") } else { reason };
    let (kind, what) = match message.state.as_str() {
        "dead" => ("message.dead", format!("given up: {reason}")),
        "failed" if message.receipts[3].is_none() => ("message.failed", format!("failed: {reason}")),
        "expired" => ("message.expired", "its time had passed; it was not sent".to_owned()),
        "skipped" => ("message.skipped", format!("not sent, on purpose: {reason}")),
        "cancelled" => ("message.cancelled", format!("taken back before it was sent: {reason}")),
        "dry_run" => ("message.dry_run", "sending is switched off: everything but the call".to_owned()),
        "unknown" => ("message.unknown", format!("nobody knows whether it was sent: {reason}")),
        _ => return,
    };
    told.push(step(message, kind, settled, what));
}

/// Its calls.
pub fn of_attempts(message: &MessageFacts, attempts: &[AttemptFacts], told: &mut Vec<Step>) {
    for attempt in attempts {
        let n = attempt.n;
        let mut what = match attempt.outcome.as_str() {
            "accepted" => format!("call {n}: the provider took it"),
            "refused" => format!("call {n}: the provider refused it"),
            "not_sent" => format!("call {n}: it did not leave"),
            _ => format!("call {n}: no whole answer came, so nobody knows"),
        };
        for (name, value) in [("class", &attempt.class), ("code", &attempt.code)] {
            if let Some(value) = value {
                what.push_str(&format!(", {name} {value}"));
            }
        }
        if let Some(cause) = &attempt.cause {
            what.push_str(": ");
            what.push_str(cause);
        }
        told.push(Step {
            until: Some(proto_time(attempt.ended_at)),
            ..step(message, "attempt", attempt.started_at, what)
        });
    }
}

/// A time of waiting. `others`: how many other messages of the channel were called in it.
pub fn of_wait(message: &MessageFacts, wait: &Wait, others: i64) -> Step {
    let (kind, what) = match &wait.why {
        Why::NotBefore => ("wait.not_before", "it was not to leave earlier".to_owned()),
        Why::Door { door, explanation } => {
            ("wait.door", format!("the channel's door was closed ({door}): {explanation}"))
        }
        Why::Line { before, unknown: true } => {
            ("wait.line", format!("behind {before} of the same conversation, whose outcome was unknown"))
        }
        Why::Line { before, unknown: false } => {
            ("wait.line", format!("behind {before} of the same conversation, which keeps the order"))
        }
        Why::Retry { limited: false } => ("wait.retry", "the pause before the next try".to_owned()),
        Why::Retry { limited: true } => ("wait.limit", "a limit that the provider named".to_owned()),
        Why::RetryShare => (
            "wait.retry_share",
            "many calls of the channel failed, and a fifth of them were repetitions already".to_owned(),
        ),
        Why::Unknown => ("wait.unknown", "the provider was asked what became of it".to_owned()),
        Why::Owner => ("wait.owner", "no process had the channel: one ended, another took it".to_owned()),
        Why::Turn if others > 0 => {
            let many = if others >= 100 { "100 or more".to_owned() } else { others.to_string() };
            ("wait.rate", format!("the channel's rate: {many} other messages went first"))
        }
        Why::Turn => {
            ("wait.look", "the channel's owner had not looked yet, or waited for a token".to_owned())
        }
    };
    Step { until: wait.until.map(proto_time), ..step(message, kind, wait.from, what) }
}
