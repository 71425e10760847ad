//! The rules at send time, applied to a head.

use jiff::Timestamp;
use serde_json::json;

use crate::{
    domain::decide::{Decision, Facts, Window, decide},
    store::sending::{Head, SettleRow},
};

/// What to do with a head.
#[derive(Debug)]
pub enum Next {
    /// Call the provider.
    Send(Head),
    /// Write this down; nothing is called.
    Write(SettleRow),
}

/// Applies the rules. `sending` is `delivery.send_enabled`.
#[must_use]
pub fn next(head: Head, sending: bool, now: Timestamp) -> Next {
    let facts = Facts {
        // The query leaves out what is not due yet, and lines behind an unknown.
        not_before: None,
        unknown_before: None,
        not_after: head.not_after,
        created_at: head.created_at,
        prompted: head.prompted,
        opted_out_at: head.opted_out_at,
        // Evolution, the one provider that sends so far, knows no window.
        window: Window::NotNeeded,
        sending,
    };
    let row = SettleRow { id: head.id.uuid(), ..SettleRow::default() };
    let because = |cause: &str, text: &str, next_step: &str| {
        Some(json!({ "cause": cause, "cause_text": text, "owner": "nobody", "next_step": next_step }))
    };
    match decide(&facts, now) {
        Decision::Send => Next::Send(head),
        Decision::DryRun => Next::Write(SettleRow {
            state: "dry_run",
            reason: because(
                "dry_run",
                "sending is switched off",
                "set delivery.send_enabled to send for real",
            ),
            ..row
        }),
        Decision::Skip(why) => Next::Write(SettleRow {
            state: "skipped",
            reason: because(why.as_str(), why.words(), "nothing to do"),
            ..row
        }),
        Decision::Expire(why) => Next::Write(SettleRow {
            state: "expired",
            reason: because(why.as_str(), why.words(), "nothing to do"),
            ..row
        }),
        Decision::Hold { until, reason } => Next::Write(SettleRow {
            state: "queued",
            due_at: Some(until),
            reason: because(reason.as_str(), "waits for its time", "nothing to do"),
            ..row
        }),
    }
}
