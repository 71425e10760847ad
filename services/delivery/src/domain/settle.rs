//! What becomes of a message after a call.

use std::time::Duration;

use backoff::Profile;
use jiff::Timestamp;
use rand::Rng;

use crate::domain::causes::Cause;
use crate::domain::class::{RetryClass, Scope};
use crate::domain::decide::ExpireReason;
use crate::domain::door::Why;
use crate::domain::message::State;
use crate::domain::outcome::{Outcome, Trouble};

#[cfg(test)]
mod tests;

/// The longest wait for a limit the provider gives no time for.
pub const LONGEST_RATE_WAIT: Duration = Duration::from_secs(5 * 60);

/// The longest of them where it is the whole channel that waits: what a customer may wait after the provider is well again, as in an
/// outage.
pub const LONGEST_CHANNEL_WAIT: Duration = Duration::from_secs(60);

/// From this wait on a limit is a verdict rather than a pace, and asking again and again makes it worse.
pub const LONG_WAIT: Duration = Duration::from_secs(60 * 60);

/// So many long waits in a row are granted; then the message is given up.
pub const MOST_LONG_WAITS: u32 = 3;

/// What the message allows.
#[derive(Clone, Copy, Debug)]
pub struct Terms<'a> {
    /// How often and how far apart it is tried.
    pub profile: &'a Profile,
    /// Of no use from then on.
    pub not_after: Option<Timestamp>,
    /// How long evidence is looked for when nobody knows; see [`crate::domain::unknown::RECONCILE_FOR`].
    pub reconcile_for: Duration,
}

/// Which attempt it was.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Attempt {
    /// Counted tries that had ended before this one.
    pub tries_before: u32,
    /// How often in a row this message had been refused for a limit before this attempt.
    pub waits_before: u32,
    /// It was the one message a closed door let pass.
    pub probe: bool,
    /// It went as free text and names a template to go as instead.
    pub template_left: bool,
}

/// What to write down, and when to look again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Settlement {
    /// Nothing is left to do: sent, or expired because the next try would come too late.
    Done(State),
    /// Queued again; the try counts.
    RetryAt {
        /// When.
        at: Timestamp,
        /// What stood in the way.
        cause: Cause,
    },
    /// Queued again for a limit; the try does not count. Nothing else of `scope` goes before `until` either.
    Wait {
        /// When.
        until: Timestamp,
        /// What is to be slowed.
        scope: Scope,
        /// What stood in the way.
        cause: Cause,
    },
    /// Queued again behind a closed door; the try does not count.
    Park {
        /// Why the door closes; [`crate::domain::door::Door::after_call`] closes it.
        door: Why,
        /// What stood in the way.
        cause: Cause,
    },
    /// Queued again, to go as its template from now on; the try counts.
    AsTemplate {
        /// What stood in the way of free text.
        cause: Cause,
    },
    /// Given up: a dead letter.
    Dead {
        /// What stood in the way at the last try.
        cause: Cause,
    },
    /// Nobody knows; evidence is looked for until then.
    Unknown {
        /// What left it open.
        cause: Cause,
        /// When [`crate::domain::unknown::verdict`] decides.
        reconcile_until: Timestamp,
    },
}

/// Settles one attempt.
pub fn settle(
    terms: Terms<'_>,
    attempt: Attempt,
    outcome: &Outcome,
    now: Timestamp,
    rng: impl Rng,
) -> Settlement {
    let trouble = match outcome {
        Outcome::Accepted { provider_id } => {
            return Settlement::Done(State::Sent { provider_id: provider_id.clone(), at: now });
        }
        Outcome::Refused(trouble) | Outcome::Unknown(trouble) | Outcome::NotSent(trouble) => trouble,
    };
    let cause = trouble.cause;
    match trouble.class() {
        RetryClass::Ambiguous => {
            Settlement::Unknown { cause, reconcile_until: later(now, terms.reconcile_for) }
        }
        RetryClass::PermTemplate if attempt.template_left => Settlement::AsTemplate { cause },
        RetryClass::Perm | RetryClass::PermTemplate => Settlement::Dead { cause },
        RetryClass::Auth { door } => Settlement::Park { door, cause },
        RetryClass::Rate { wait, .. } if wait >= LONG_WAIT && attempt.waits_before >= MOST_LONG_WAITS => {
            Settlement::Dead { cause }
        }
        RetryClass::Rate { wait, scope } => {
            let until = later(now, grown(wait, scope, attempt.waits_before));
            in_time(terms, until, Settlement::Wait { until, scope, cause })
        }
        RetryClass::Retry => match parked(trouble, attempt) {
            Some(door) => Settlement::Park { door, cause },
            None => retry(terms, attempt, trouble, now, rng),
        },
    }
}

/// The reason to wait behind the door instead of using up a try: the channel is at fault, not the message.
fn parked(trouble: &Trouble, attempt: Attempt) -> Option<Why> {
    let still_out = attempt.probe && trouble.cause.is_provider_down();
    Why::of(trouble).or(still_out.then_some(Why::Outage))
}

fn retry(terms: Terms<'_>, attempt: Attempt, trouble: &Trouble, now: Timestamp, rng: impl Rng) -> Settlement {
    let cause = trouble.cause;
    let done = attempt.tries_before.saturating_add(1);
    let obstinate = cause.most_tries().is_some_and(|most| done >= most);
    match terms.profile.next(done, rng, trouble.retry_after).filter(|_| !obstinate) {
        Some(delay) => {
            let at = later(now, delay);
            in_time(terms, at, Settlement::RetryAt { at, cause })
        }
        None => Settlement::Dead { cause },
    }
}

/// A message that would be too late at its next try is dropped now: those behind it need not wait.
fn in_time(terms: Terms<'_>, at: Timestamp, otherwise: Settlement) -> Settlement {
    match terms.not_after {
        Some(not_after) if not_after <= at => {
            Settlement::Done(State::Expired { reason: ExpireReason::TooLateToRetry })
        }
        _ => otherwise,
    }
}

/// Doubled with every refusal in a row; four times as long where one person gets too much, as WhatsApp asks. A longer
/// wait the provider itself asked for is kept as it is.
fn grown(wait: Duration, scope: Scope, waits_before: u32) -> Duration {
    let factor: u32 = if scope == Scope::Recipient { 4 } else { 2 };
    let grown = wait.saturating_mul(factor.saturating_pow(waits_before));
    let longest = if scope == Scope::Channel { LONGEST_CHANNEL_WAIT } else { LONGEST_RATE_WAIT };
    grown.min(longest).max(wait)
}

fn later(now: Timestamp, wait: Duration) -> Timestamp {
    now.checked_add(wait).unwrap_or(Timestamp::MAX)
}
