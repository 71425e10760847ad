//! How a door opens and closes.

use std::time::Duration;

use jiff::Timestamp;

use super::{
    CONNECTING_FIRST, CONNECTING_LONGEST, Closure, Door, Look, OUTAGE_FIRST, OUTAGE_LONGEST, PERSON, QUOTA,
    STUMBLES, Why,
};
use crate::domain::causes::Cause;
use crate::domain::change::Change;
use crate::domain::connection::ConnectionState;
use crate::domain::outcome::{Outcome, Trouble};

impl Door {
    /// What a call does to the door. `probe` says that the call was the one message a closed door let pass; other
    /// calls that end behind a closed door began before it closed and can only make matters worse.
    pub fn after_call(&self, outcome: &Outcome, probe: bool, now: Timestamp) -> Change<Self> {
        let trouble = outcome.trouble();
        let asked = trouble.and_then(|trouble| trouble.retry_after);
        let why = trouble.and_then(Why::of);
        let down = trouble.is_some_and(|trouble| trouble.cause.is_provider_down());
        let next = match self {
            Self::Open { stumbles } => match why {
                Some(why) => Self::Closed(Closure::new(why, now, asked)),
                None if down && stumbles + 1 >= STUMBLES => {
                    Self::Closed(Closure::new(Why::Outage, now, asked))
                }
                None if down => Self::Open { stumbles: stumbles + 1 },
                None => Self::OPEN,
            },
            Self::Closed(closure) if probe => match why.or(down.then_some(Why::Outage)) {
                Some(why) => Self::Closed(closure.met(why, now, asked)),
                // Any other answer, even a refusal of this one message, shows that the provider works.
                None => Self::OPEN,
            },
            Self::Closed(closure) => match why {
                Some(why) if why.weight() > closure.why.weight() => {
                    Self::Closed(closure.met(why, now, asked))
                }
                _ => return Change::Already,
            },
        };
        Change::between(self, next)
    }

    /// What an event about the channel's session does to the door. Events come late, twice and out of order: good
    /// news only lets one message try, bad news never replaces worse, and what contradicts good news is asked about within seconds.
    pub fn on_connection(&self, state: ConnectionState, now: Timestamp) -> Change<Self> {
        match (self, Why::of_connection(state)) {
            (Self::Open { .. }, None) => Change::Already,
            (Self::Open { .. }, Some(why)) => {
                Change::Applied(Self::Closed(Closure::new(why, now, None).asked_soon(now)))
            }
            (Self::Closed(closure), None) => match closure.why {
                Why::Connecting | Why::LoggedOut | Why::Banned | Why::Outage => closure.try_now(now),
                // Says nothing about keys, licences, quotas and people.
                Why::Quota | Why::Credentials(_) | Why::LicenceRequired | Why::Paused => Change::Already,
            },
            (Self::Closed(closure), Some(why)) if why == closure.why => {
                // It had come back, and is gone again before a message could try; or this is older.
                let look = Look::plan(why, closure.round, now, None);
                match (closure.look, look) {
                    (Some(Look::SendOne { .. }), Some(Look::AskState { .. }) | None) => {
                        Change::Applied(Self::Closed(Closure { look, ..closure.clone() }.asked_soon(now)))
                    }
                    _ => Change::Already,
                }
            }
            (Self::Closed(closure), Some(why)) if why.weight() > closure.why.weight() => {
                Change::Applied(Self::Closed(closure.met(why, now, None).asked_soon(now)))
            }
            (Self::Closed(_), Some(_)) => Change::Already,
        }
    }

    /// What the answer to [`Look::AskState`] does to the door. One that was overtaken by news since it was `asked_at` says only
    /// whether the connection is open.
    pub fn looked(
        &self,
        answer: Result<ConnectionState, &Trouble>,
        asked_at: Timestamp,
        now: Timestamp,
    ) -> Change<Self> {
        let Self::Closed(closure) = self else {
            return Change::Already;
        };
        let overtaken = closure.look.is_some_and(|look| look.at() > asked_at);
        // An answer at all settles doors that were about being let in.
        let let_in = matches!(closure.why, Why::Credentials(_) | Why::LicenceRequired);
        let why = match answer {
            _ if closure.why == Why::Paused => return Change::Already,
            Ok(ConnectionState::Open) => return closure.try_now(now),
            _ if overtaken => return Change::Already,
            Ok(state) => {
                Why::of_connection(state).filter(|why| let_in || why.weight() > closure.why.weight())
            }
            Err(trouble) => Why::of(trouble).filter(|why| why.weight() > closure.why.weight()),
        };
        Change::Applied(Self::Closed(closure.met(why.unwrap_or(closure.why), now, None)))
    }

    /// An operator closes the door.
    pub fn paused(&self, now: Timestamp) -> Change<Self> {
        match self {
            Self::Closed(closure) if closure.why == Why::Paused => Change::Already,
            _ => Change::Applied(Self::Closed(Closure::new(Why::Paused, now, None))),
        }
    }

    /// An operator ends the pause. One message goes first, since much may have happened meanwhile.
    pub fn resumed(&self, now: Timestamp) -> Change<Self> {
        match self {
            Self::Closed(closure) if closure.why == Why::Paused => closure.try_now(now),
            _ => Change::Already,
        }
    }

    /// An operator says that the reason is gone, or the channel's settings changed: one message may try.
    pub fn try_again(&self, now: Timestamp) -> Change<Self> {
        match self {
            Self::Closed(closure) if closure.why != Why::Paused => closure.try_now(now),
            _ => Change::Already,
        }
    }
}

impl Closure {
    fn new(why: Why, now: Timestamp, asked: Option<Duration>) -> Self {
        Self { why, since: now, round: 0, look: Look::plan(why, 0, now, asked) }
    }

    /// The same closed time, after another look in vain.
    fn met(&self, why: Why, now: Timestamp, asked: Option<Duration>) -> Self {
        let round = if why == self.why { self.round.saturating_add(1) } else { 0 };
        Self { why, since: self.since, round, look: Look::plan(why, round, now, asked) }
    }

    /// Events come late, and asking costs nothing.
    fn asked_soon(self, now: Timestamp) -> Self {
        let soon = now.checked_add(CONNECTING_FIRST).unwrap_or(Timestamp::MAX);
        let look = self.look.map(|look| match look {
            Look::AskState { at } => Look::AskState { at: at.min(soon) },
            sending @ Look::SendOne { .. } => sending,
        });
        Self { look, ..self }
    }

    fn try_now(&self, now: Timestamp) -> Change<Door> {
        match self.look {
            Some(Look::SendOne { at }) if at <= now => Change::Already,
            _ => {
                Change::Applied(Door::Closed(Self { look: Some(Look::SendOne { at: now }), ..self.clone() }))
            }
        }
    }
}

impl Look {
    /// When and how to look at a door closed for `why`, after `round` looks in vain.
    fn plan(why: Why, round: u32, now: Timestamp, asked: Option<Duration>) -> Option<Self> {
        let after = |wait: Duration| now.checked_add(wait).unwrap_or(Timestamp::MAX);
        let growing = |first: Duration, longest: Duration| {
            first.saturating_mul(2_u32.saturating_pow(round)).min(longest).max(asked.unwrap_or_default())
        };
        match why {
            Why::Outage => Some(Self::SendOne { at: after(growing(OUTAGE_FIRST, OUTAGE_LONGEST)) }),
            Why::Quota => Some(Self::SendOne { at: after(asked.unwrap_or(QUOTA)) }),
            Why::Connecting => {
                Some(Self::AskState { at: after(growing(CONNECTING_FIRST, CONNECTING_LONGEST)) })
            }
            // No answer from outside could change it.
            Why::Credentials(Cause::ProviderUnknown) => None,
            Why::Credentials(_) | Why::LicenceRequired | Why::LoggedOut => {
                Some(Self::AskState { at: after(PERSON) })
            }
            // Knocking makes a ban worse, and a pause is somebody's decision.
            Why::Banned | Why::Paused => None,
        }
    }
}
