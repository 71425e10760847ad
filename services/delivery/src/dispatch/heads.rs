//! The rules at send time, applied to a head.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::settling::{self, plain_reason};
use crate::{
    domain::{
        causes::Cause,
        class::RetryClass,
        content::{Form, Said},
        decide::{Decision, Facts, Window, decide},
        message::StateName,
        provider::ProviderKind,
        window,
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

/// Applies the rules. `sending` is `delivery.send_enabled`; `kind` says whose rules hold for the content.
#[must_use]
pub fn next(mut head: Head, kind: Option<ProviderKind>, sending: bool, now: Timestamp) -> Next {
    let Some(said) = &head.said else { return Next::Write(given_up(&head, Cause::UnreadableContent)) };
    let facts = Facts {
        not_after: head.not_after,
        created_at: head.created_at,
        prompted: head.prompted,
        opted_out_at: head.opted_out_at,
        window: window_of(&head, said, kind, now),
        sending,
    };
    let (state, reason) = match decide(&facts, now) {
        Decision::Send => return Next::Send(head),
        Decision::SendAsTemplate => {
            head.as_template = true;
            return Next::Send(head);
        }
        Decision::Refuse(cause) => return Next::Write(given_up(&head, cause)),
        Decision::DryRun => (
            StateName::DryRun,
            json!({ "cause": "dry_run", "cause_text": "sending is switched off", "owner": "operator",
                    "next_step": "set delivery.send_enabled to send for real" }),
        ),
        Decision::Skip(why) => (StateName::Skipped, plain_reason(why.as_str(), why.words())),
        Decision::Expire(why) => (StateName::Expired, plain_reason(why.as_str(), why.words())),
    };
    Next::Write(written_off(&head, state, reason))
}

fn window_of(head: &Head, said: &Said, kind: Option<ProviderKind>, now: Timestamp) -> Window {
    let window = kind.and_then(ProviderKind::window);
    let is_template = matches!(said.form(head.as_template), Form::Template(_));
    if is_template || window::is_open(window, head.last_inbound_at, now) {
        Window::Fits
    } else if said.fallback.is_some() {
        Window::AsTemplate
    } else {
        Window::Closed
    }
}

fn given_up(head: &Head, cause: Cause) -> SettleRow {
    SettleRow {
        class: Some(RetryClass::of(cause, None).as_str()),
        ..written_off(head, StateName::Dead, settling::reason(cause))
    }
}

fn written_off(head: &Head, state: StateName, reason: Value) -> SettleRow {
    SettleRow { id: head.id.uuid(), state: state.as_str(), reason: Some(reason), ..SettleRow::default() }
}
