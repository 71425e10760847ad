//! The rules at send time, applied to a head.

use std::time::Duration;

use ids::MessageId;
use jiff::Timestamp;
use serde_json::{Value, json};

use super::settling::{self, plain_reason};
use crate::{
    domain::{
        causes::Cause,
        class::RetryClass,
        content::{Content, Form, Said},
        decide::{Decision, Facts, WaitReason, Window, decide},
        lane::Lane,
        message::StateName,
        outcome::Trouble,
        pair,
        provider::ProviderKind,
        quiet::QuietHours,
        templates::{Book, Unusable},
        warm_up, window,
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
    /// A repetition too many: not before then.
    Hold(MessageId, Lane, Timestamp),
}

/// A template waits so long while the provider's list is read for the first time.
const UNREAD: Duration = Duration::from_secs(1);

/// What is known of a channel's templates when a head's turn comes.
#[derive(Clone, Copy, Debug)]
pub struct Templates<'a> {
    /// Which there are.
    pub book: &'a Book,
    /// The provider's list is just being read for the first time: soon more will be known.
    pub coming: bool,
}

/// What holds for every message of a channel.
#[derive(Clone, Copy, Debug)]
pub struct Rules<'a> {
    /// Whose rules hold for the content.
    pub kind: Option<ProviderKind>,
    /// What is known of its templates.
    pub templates: Templates<'a>,
    /// When it keeps quiet.
    pub quiet: Option<&'a QuietHours>,
    /// It would begin one conversation too many for a new number.
    pub too_cold: bool,
    /// When this call may be repeated, where that is not now.
    pub repeat_until: Option<Timestamp>,
    /// `delivery.send_enabled`.
    pub sending: bool,
}

/// Applies the rules.
#[must_use]
pub fn next(mut head: Head, rules: Rules<'_>, now: Timestamp) -> Next {
    let Rules { kind, templates, quiet, too_cold, repeat_until, sending } = rules;
    let Some(said) = &head.said else { return Next::Write(given_up(&head, Cause::UnreadableContent)) };
    let facts = Facts {
        not_after: head.not_after,
        created_at: head.created_at,
        prompted: head.prompted,
        opted_out_at: head.opted_out_at,
        window: window_of(&head, said, kind, now),
        quiet_until: quiet.filter(|_| head.lane != Lane::High).and_then(|quiet| quiet.end(now)),
        twin_until: head.twin_until.filter(|until| *until > now),
        pair_until: if pair::applies(kind) { pair::next(head.pair_at, now) } else { None },
        cold_until: too_cold.then(|| now + warm_up::AGAIN),
        repeat_until,
        sending,
    };
    let (state, reason) = match decide(&facts, now) {
        Decision::Send => return with_template(head, kind, templates, now),
        Decision::SendAsTemplate => {
            head.as_template = true;
            return with_template(head, kind, templates, now);
        }
        Decision::Wait { until, why: WaitReason::RetryShare } => {
            return Next::Hold(head.id, head.lane, until);
        }
        Decision::Wait { until, why } => {
            let reason = plain_reason(why.as_str(), why.words());
            return Next::Write(SettleRow {
                due_at: Some(until),
                ..written_off(&head, StateName::Queued, reason)
            });
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

/// A template has to be in force when its turn comes, and gets its name from the part it plays.
fn with_template(
    mut head: Head,
    kind: Option<ProviderKind>,
    templates: Templates<'_>,
    now: Timestamp,
) -> Next {
    let (Some(said), Some(kind)) = (&head.said, kind) else { return Next::Send(head) };
    let Form::Template(template) = said.form(head.as_template) else { return Next::Send(head) };
    if templates.coming {
        let reason = plain_reason("templates_unread", "the provider's templates are being read");
        return Next::Write(SettleRow {
            due_at: now.checked_add(UNREAD).ok(),
            ..written_off(&head, StateName::Queued, reason)
        });
    }
    match templates.book.resolve(template, kind) {
        Ok(resolved) => {
            let mut said = said.clone();
            match &mut said.content {
                Content::Template(own) => *own = resolved,
                _ => said.fallback = Some(resolved),
            }
            head.said = Some(said);
            Next::Send(head)
        }
        Err(unusable) => Next::Write(without_template(&head, &unusable, now)),
    }
}

/// Waits where waiting helps and there is time for it; otherwise it is given up. Nobody is called, so no try counts.
fn without_template(head: &Head, unusable: &Unusable, now: Timestamp) -> SettleRow {
    let trouble = Trouble::because(unusable.cause, unusable.words.clone());
    let reason = Some(settling::told(&trouble));
    let class = Some(trouble.class().as_str());
    let until = match trouble.class() {
        RetryClass::Rate { wait, .. } => now.checked_add(wait).ok(),
        _ => None,
    };
    match until {
        Some(until) if head.not_after.is_none_or(|not_after| until < not_after) => SettleRow {
            class,
            due_at: Some(until),
            reason,
            id: head.id.uuid(),
            state: StateName::Queued.as_str(),
            ..SettleRow::default()
        },
        _ => SettleRow { class, reason, ..written_off(head, StateName::Dead, Value::Null) },
    }
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
