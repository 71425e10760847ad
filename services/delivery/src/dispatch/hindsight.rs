//! What a provider took and reported as failed later: the code it gave decides, as it would have at once.
//!
//! A day-old window, a limit of the number, a hiccup: such a message goes once more, by the same rules and within the same
//! number of tries. Nothing goes again once something later of its line has left.

use backoff::Profile;
use jiff::Timestamp;
use tracing::info;

use super::{dispatcher::Dispatcher, settling};
use crate::{
    domain::{
        causes::Cause,
        class::{RetryClass, Scope},
        content::Said,
        outcome::{Outcome, Trouble},
        provider::ProviderKind,
        settle::{Attempt, Settlement, Terms, settle},
        unknown::RECONCILE_FOR,
    },
    providers::{meta, twilio},
    store::failures::{self, Failure, VerdictRow},
};

/// Failures judged in one second at most.
const MOST: i32 = 64;

impl Dispatcher {
    /// Judges what failed in hindsight, and closes doors that such a failure closes.
    pub(super) async fn judge_failures(&mut self, now: Timestamp) -> Result<(), sqlx::Error> {
        let failures = failures::due(&self.pool, self.heart.me(), MOST).await?;
        let mut verdicts = Vec::new();
        for failure in &failures {
            let Some(owned) = self.channels.owned.get(&failure.channel_id) else { continue };
            let Some(kind) = owned.kind else { continue };
            let trouble = trouble(kind, failure);
            let again = again(kind, failure, &trouble);
            verdicts.push(VerdictRow {
                id: failure.id.uuid(),
                n: failure.n,
                again: again.is_some(),
                due_at: again.and_then(|again| again.due_at),
                as_template: again.is_some_and(|again| again.as_template),
                reason: settling::told(&trouble),
            });
            if trouble.cause.closes_a_door() {
                // Whatever failed then, a closed door has its reason now.
                if owned.door.closure().is_none() {
                    let change = owned.door.after_call(&Outcome::Refused(trouble.clone()), false, now);
                    self.move_door(failure.channel_id, change).await;
                }
            } else if let RetryClass::Rate { wait, scope: Scope::Channel | Scope::Account } = trouble.class()
            {
                let until = now.checked_add(wait).unwrap_or(Timestamp::MAX);
                self.slow(failure.channel_id, until, trouble.cause).await;
            }
        }
        if verdicts.is_empty() {
            return Ok(());
        }
        let queued = failures::judge(&self.pool, &verdicts).await?;
        info!(messages = verdicts.len(), queued, "reported as failed after they were taken");
        Ok(())
    }
}

/// What the provider meant.
fn trouble(kind: ProviderKind, failure: &Failure) -> Trouble {
    let code = failure.code.as_deref().unwrap_or_default();
    match kind {
        ProviderKind::Evolution => Trouble::new(Cause::Glitch),
        ProviderKind::Meta => meta::failed(code),
        ProviderKind::Twilio => twilio::failed(code, &failure.to),
    }
}

/// How a message goes again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Again {
    due_at: Option<Timestamp>,
    as_template: bool,
}

/// Whether the message goes again. `None`: it has failed for good.
fn again(kind: ProviderKind, failure: &Failure, trouble: &Trouble) -> Option<Again> {
    if kind == ProviderKind::Evolution {
        // What it keeps to itself gets worse by trying.
        return None;
    }
    let profile = Profile::named(&failure.profile).unwrap_or_else(|| backoff::CONVERSATION.clone());
    if failure.tries >= profile.tries() {
        return None;
    }
    let template_left = !failure.as_template && failure.said.as_ref().is_some_and(Said::has_fallback);
    let attempt =
        Attempt { tries_before: failure.tries.saturating_sub(1), template_left, ..Attempt::default() };
    let terms = Terms { profile: &profile, not_after: failure.not_after, reconcile_for: RECONCILE_FOR };
    let at = |due_at| Some(Again { due_at, as_template: false });
    match settle(terms, attempt, &Outcome::Refused(trouble.clone()), failure.now, rand::rng()) {
        Settlement::RetryAt { at: due, .. } | Settlement::Wait { until: due, .. } => at(Some(due)),
        Settlement::Park { .. } => at(None),
        Settlement::AsTemplate { .. } => Some(Again { due_at: None, as_template: true }),
        Settlement::Done(_) | Settlement::Dead { .. } | Settlement::Unknown { .. } => None,
    }
}
