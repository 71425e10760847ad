//! Steps of a timeline in words. No customers' data but in `text`.

use contract::work::v1::Step;
use jiff::Timestamp;
use rpc::parse::proto_time;

use super::convert::{explained, said};
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

/// That it was queued, its calls, what the provider reported, and what it came to when it was not sent.
pub fn of_message(message: &MessageFacts, attempts: &[AttemptFacts], told: &mut Vec<Step>) {
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
    of_attempts(message, attempts, told);
    let failed = match &message.error_code {
        Some(code) => format!("the provider failed to deliver it (code {code})"),
        None => "the provider failed to deliver it".to_owned(),
    };
    let words = ["the provider says it is sent", &failed, "it was delivered to the phone", "it was read"];
    for (word, at) in words.into_iter().zip(reported(message, attempts)) {
        told.extend(at.map(|at| step(message, "receipt", at, word.to_owned())));
    }
    let Some(settled) = message.settled_at else { return };
    let reason = explained(message.reason.as_ref());
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

/// When the provider reported that it is sent, failed, delivered, read. Providers tell whole seconds by a clock of their own, and
/// events overtake each other: nothing is told of a message before it was called, and what counts more comes last (a failure is
/// final unless the phone says otherwise).
fn reported(message: &MessageFacts, attempts: &[AttemptFacts]) -> [Option<Timestamp>; 4] {
    let taken = attempts.iter().find(|attempt| attempt.outcome == "accepted").or(attempts.first());
    let called = taken.map_or(message.queued_at, |attempt| attempt.started_at);
    let [sent, delivered, read, failed] = message.receipts;
    let mut earliest = called;
    [sent, failed, delivered, read].map(|at| {
        let at = at?.max(earliest);
        earliest = at;
        Some(at)
    })
}

/// Its calls.
fn of_attempts(message: &MessageFacts, attempts: &[AttemptFacts], told: &mut Vec<Step>) {
    for attempt in attempts {
        let n = attempt.n;
        // What became known later is a step of its own.
        let at = match attempt.known_at {
            None => attempt.started_at,
            Some(known_at) => {
                let what = format!("call {n}: no whole answer came, so nobody knew");
                told.push(Step {
                    until: Some(proto_time(attempt.ended_at)),
                    ..step(message, "attempt", attempt.started_at, what)
                });
                // What the provider reported had proven it before we wrote so.
                let proof = reported(message, attempts).into_iter().flatten().min();
                let proof = proof.filter(|_| attempt.outcome == "accepted");
                proof.map_or(known_at, |proof| known_at.min(proof.max(attempt.started_at)))
            }
        };
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
        told.push(match attempt.known_at {
            None => Step { until: Some(proto_time(attempt.ended_at)), ..step(message, "attempt", at, what) },
            Some(_) => step(message, "attempt.known", at, what),
        });
    }
}

/// A time of waiting. `others`: how many other messages of the channel were called in it.
pub fn of_wait(message: &MessageFacts, wait: &Wait, others: i64) -> Step {
    let (kind, what) = match &wait.why {
        Why::NotBefore => ("wait.not_before", "it was not to leave earlier".to_owned()),
        Why::Rule { cause, words } => ("wait.rule", format!("{words} ({cause})")),
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
        Why::Slowed { words } => ("wait.limit", format!("a limit for the whole channel: {words}")),
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

#[cfg(test)]
mod tests {
    use ids::{ChannelId, ConversationId, MessageId};

    use super::*;

    fn at(ms: i64) -> Timestamp {
        Timestamp::from_millisecond(ms).unwrap_or_default()
    }

    fn message(receipts: [Option<i64>; 4]) -> MessageFacts {
        MessageFacts {
            id: MessageId::generate(),
            conversation: ConversationId::generate(),
            channel: ChannelId::generate(),
            correlation: uuid::Uuid::nil(),
            class: "reply".to_owned(),
            lane: 0,
            text: String::new(),
            cause: String::new(),
            replay_of: None,
            state: "sent".to_owned(),
            reason: None,
            resolution: None,
            queued_at: at(1700),
            due_at: None,
            settled_at: Some(at(1900)),
            asked_until: None,
            not_after: None,
            before: None,
            receipts: receipts.map(|ms| ms.map(at)),
            error_code: None,
        }
    }

    fn attempt(n: i32, outcome: &str, started: i64, known: Option<i64>) -> AttemptFacts {
        AttemptFacts {
            message: MessageId::generate(),
            n,
            outcome: outcome.to_owned(),
            class: None,
            code: None,
            cause: None,
            started_at: at(started),
            ended_at: at(started + 100),
            known_at: known.map(at),
            retry_at: None,
            held_until: None,
        }
    }

    fn told(message: &MessageFacts, attempts: &[AttemptFacts]) -> Vec<(i64, String)> {
        let mut steps = Vec::new();
        of_message(message, attempts, &mut steps);
        steps.sort_by_key(|step| step.at.map(|at| (at.seconds, at.nanos)));
        let ms = |step: &Step| step.at.map_or(0, |at| at.seconds * 1000 + i64::from(at.nanos) / 1_000_000);
        steps.into_iter().map(|step| (ms(&step), step.what)).collect()
    }

    /// Meta's statuses carry whole seconds: a message of 1.7 s was "read at 1 s".
    #[test]
    fn what_a_provider_reports_in_whole_seconds_comes_after_the_call() {
        let read = message([Some(1000), Some(1000), Some(1000), None]);
        let told_of = told(&read, &[attempt(1, "accepted", 1800, None)]);
        let kinds: Vec<_> = told_of.iter().map(|(ms, what)| (*ms, what.as_str())).collect();
        assert_eq!(
            kinds,
            [
                (1700, "a reply was queued in the lane high"),
                (1800, "call 1: the provider took it"),
                (1800, "the provider says it is sent"),
                (1800, "it was delivered to the phone"),
                (1800, "it was read"),
            ]
        );
        // It failed, and arrived after all: in that order.
        let late = message([Some(1900), Some(5000), None, Some(3000)]);
        let last = told(&late, &[attempt(1, "accepted", 1800, None)]).pop();
        assert_eq!(last, Some((5000, "it was delivered to the phone".to_owned())));
        // Told in the wrong order, and a failure told in whole seconds.
        let reordered = message([Some(1900), Some(2500), Some(2100), None]);
        let last = told(&reordered, &[attempt(1, "accepted", 1800, None)]).pop();
        assert_eq!(last, Some((2500, "it was read".to_owned())));
        let failed = message([Some(1850), None, None, Some(1000)]);
        let last = told(&failed, &[attempt(1, "accepted", 1800, None)]).pop();
        assert_eq!(last, Some((1850, "the provider failed to deliver it".to_owned())));
    }

    #[test]
    fn a_call_whose_outcome_became_known_later_is_two_steps() {
        let told_of = told(&message([None; 4]), &[attempt(1, "not_sent", 1800, Some(9000))]);
        assert_eq!(told_of[1], (1800, "call 1: no whole answer came, so nobody knew".to_owned()));
        assert_eq!(told_of[2], (9000, "call 1: it did not leave".to_owned()));
        // Its process was killed, and the customer had read it before another one looked: that is how it stands.
        let read = message([Some(1850), Some(1900), Some(4000), None]);
        let last = told(&read, &[attempt(1, "accepted", 1800, Some(6000))]).pop();
        assert_eq!(last, Some((4000, "it was read".to_owned())));
    }
}
