//! A channel's door: open, or closed for a reason that concerns every message behind it.
//!
//! A closed door burns no attempts: messages wait, one incident tells a person, and when the reason seems gone, one
//! real message goes first. What it meets decides whether the others follow.

use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::domain::causes::{Advice, Cause, Owner};
use crate::domain::class::RetryClass;
use crate::domain::connection::ConnectionState;
use crate::domain::outcome::Trouble;

#[cfg(test)]
mod tests;
mod transitions;

/// So many failures of the provider in a row close the door. Fewer could be one unlucky message.
pub const STUMBLES: u32 = 3;

/// How long an outage lasts before one message tries again; doubled after each, up to [`OUTAGE_LONGEST`].
pub const OUTAGE_FIRST: Duration = Duration::from_secs(5);

/// The longest pause between two tries during an outage: what a customer may wait after the provider is back.
pub const OUTAGE_LONGEST: Duration = Duration::from_secs(60);

/// How soon to ask for the state of a connection that is coming back; doubled after each, up to
/// [`CONNECTING_LONGEST`]. The provider's event usually comes first.
pub const CONNECTING_FIRST: Duration = Duration::from_secs(5);

/// The longest pause between two questions while a connection is coming back.
pub const CONNECTING_LONGEST: Duration = Duration::from_secs(30);

/// How often to ask whether a person has done what a door waits for.
pub const PERSON: Duration = Duration::from_secs(60);

/// How long to leave a used-up quota alone when the provider does not say.
pub const QUOTA: Duration = Duration::from_secs(60 * 60);

/// The door of one channel, as its row holds it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Door {
    /// Messages pass.
    Open {
        /// Failures of the provider in a row.
        stumbles: u32,
    },
    /// Messages wait.
    Closed(Closure),
}

/// Why and since when a door is closed, and what is done about it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Closure {
    /// The reason.
    pub why: Why,
    /// When the door closed. Kept while one reason follows another, so that an incident's age is the customer's.
    pub since: Timestamp,
    /// How often it was looked at in vain.
    pub round: u32,
    /// The next look, if the door can be opened without a person telling us.
    pub look: Option<Look>,
}

/// Why a door is closed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Why {
    /// The provider does not answer, call after call.
    Outage,
    /// The provider's connection to WhatsApp is down and comes back by itself.
    Connecting,
    /// A quota is used up.
    Quota,
    /// Key, permission or set-up; the cause says which.
    Credentials(Cause),
    /// The provider's software wants a licence.
    LicenceRequired,
    /// The phone must be paired again.
    LoggedOut,
    /// WhatsApp blocked the number.
    Banned,
    /// An operator closed the door.
    Paused,
}

/// How to find out whether a closed door may open.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Look {
    /// Ask the provider for the connection's state: costs nothing and sends nothing.
    AskState {
        /// Not before.
        at: Timestamp,
    },
    /// Let one message through: only a real one proves that sending works.
    SendOne {
        /// Not before.
        at: Timestamp,
    },
}

/// What may pass a door.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Passage {
    /// Every message.
    All,
    /// One message, the first in lane order; the next after its outcome.
    One,
    /// None.
    None {
        /// When and how to look again.
        look: Option<Look>,
    },
}

impl Door {
    /// An open door without a blemish.
    pub const OPEN: Self = Self::Open { stumbles: 0 };

    /// What may pass now.
    pub fn passage(&self, now: Timestamp) -> Passage {
        match self {
            Self::Open { .. } => Passage::All,
            Self::Closed(Closure { look: Some(Look::SendOne { at }), .. }) if *at <= now => Passage::One,
            Self::Closed(Closure { look, .. }) => Passage::None { look: *look },
        }
    }

    /// The reason, when closed.
    pub fn closure(&self) -> Option<&Closure> {
        match self {
            Self::Open { .. } => None,
            Self::Closed(closure) => Some(closure),
        }
    }

    /// Closed, and its reason is gone as far as anybody knows: an operator resumed it, the provider says that it is connected or let
    /// in. Only a message is missing that goes first, so nothing is left to be done.
    pub fn is_half_open(&self) -> bool {
        self.closure().is_some_and(|closure| {
            let told_by_sending_only = match closure.why {
                // The time for another try says nothing.
                Why::Outage | Why::Quota => true,
                // Nor does a key that is let in.
                Why::Credentials(cause) => matches!(
                    cause,
                    Cause::PaymentRequired
                        | Cause::SenderNotReady
                        | Cause::PolicyBlocked
                        | Cause::CallbackRefused
                ),
                Why::Connecting | Why::LicenceRequired | Why::LoggedOut | Why::Banned | Why::Paused => false,
            };
            matches!(closure.look, Some(Look::SendOne { .. })) && !told_by_sending_only
        })
    }

    /// The reason, as long as it holds.
    pub fn standing(&self) -> Option<&Closure> {
        self.closure().filter(|_| !self.is_half_open())
    }

    /// The word for people: [`Self::as_str`], or `half_open`.
    pub fn shown(&self) -> &'static str {
        if self.is_half_open() { "half_open" } else { self.as_str() }
    }

    /// The word for SQL and metric labels: `open` or the reason.
    pub fn as_str(&self) -> &'static str {
        self.closure().map_or("open", |closure| closure.why.as_str())
    }
}

impl Look {
    /// When it is due.
    pub const fn at(self) -> Timestamp {
        match self {
            Self::AskState { at } | Self::SendOne { at } => at,
        }
    }
}

impl Why {
    /// The word for SQL and metric labels.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Outage => "outage",
            Self::Connecting => "connecting",
            Self::Quota => "quota",
            Self::Credentials(_) => "credentials",
            Self::LicenceRequired => "licence_required",
            Self::LoggedOut => "logged_out",
            Self::Banned => "banned",
            Self::Paused => "paused",
        }
    }

    /// The reason a failed call gives to close the door at once, if it gives one.
    pub fn of(trouble: &Trouble) -> Option<Self> {
        match (trouble.class(), trouble.cause) {
            (RetryClass::Auth { door }, _) => Some(door),
            (_, Cause::ConnectionClosed | Cause::InstanceNotLoaded) => Some(Self::Connecting),
            _ => None,
        }
    }

    /// The reason a session's state gives to close the door, if it gives one.
    pub const fn of_connection(state: ConnectionState) -> Option<Self> {
        match state {
            ConnectionState::Open => None,
            ConnectionState::Connecting | ConnectionState::NotLoaded => Some(Self::Connecting),
            ConnectionState::LoggedOut => Some(Self::LoggedOut),
            ConnectionState::Banned => Some(Self::Banned),
        }
    }

    /// What to tell a person.
    pub const fn advice(self) -> Advice {
        match self {
            Self::Outage => Advice::new(
                "the provider does not answer; messages wait and one tries again every minute",
                Owner::Operator,
                "check the provider's server and the network; nothing else needs doing",
            ),
            Self::Connecting => Cause::ConnectionClosed.advice(),
            Self::Quota => Cause::QuotaUsedUp.advice(),
            Self::Credentials(cause) => cause.advice(),
            Self::LicenceRequired => Cause::LicenceRequired.advice(),
            Self::LoggedOut => Cause::LoggedOut.advice(),
            Self::Banned => Cause::Banned.advice(),
            Self::Paused => Advice::new(
                "an operator paused the channel; messages wait",
                Owner::Operator,
                "resume the channel when it may send again",
            ),
        }
    }

    /// Which of two reasons to believe when they arrive out of order: the one that takes more to undo.
    const fn weight(self) -> u8 {
        match self {
            Self::Outage => 0,
            Self::Connecting => 1,
            Self::Quota => 2,
            Self::Credentials(_) => 3,
            Self::LicenceRequired => 4,
            Self::LoggedOut => 5,
            Self::Banned => 6,
            Self::Paused => 7,
        }
    }
}
