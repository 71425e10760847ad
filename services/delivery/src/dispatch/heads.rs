//! The rules at send time, applied to a head.

use jiff::Timestamp;
use serde_json::json;

use super::settling::plain_reason;
use crate::{
    domain::{
        decide::{Decision, Facts, decide},
        message::StateName,
    },
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
        not_after: head.not_after,
        created_at: head.created_at,
        prompted: head.prompted,
        opted_out_at: head.opted_out_at,
        sending,
    };
    let (state, reason) = match decide(&facts, now) {
        Decision::Send => return Next::Send(head),
        Decision::DryRun => (
            StateName::DryRun,
            json!({ "cause": "dry_run", "cause_text": "sending is switched off", "owner": "operator",
                    "next_step": "set delivery.send_enabled to send for real" }),
        ),
        Decision::Skip(why) => (StateName::Skipped, plain_reason(why.as_str(), why.words())),
        Decision::Expire(why) => (StateName::Expired, plain_reason(why.as_str(), why.words())),
    };
    Next::Write(SettleRow {
        id: head.id.uuid(),
        state: state.as_str(),
        reason: Some(reason),
        ..SettleRow::default()
    })
}
