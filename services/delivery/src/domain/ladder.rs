//! Receipts: up and never down.
//!
//! Providers deliver receipts out of order, twice, late, not at all, and before the send call has returned. So a
//! message takes the highest rung anybody reported, and no receipt depends on an earlier one:
//!
//! `sent < failed < delivered < read`
//!
//! `failed` beats `sent`, because it says more; `delivered` beats `failed`, because the customer has it. `played`
//! is `read`. Everything that is no receipt (queued, unknown, dead, …) stands below: a receipt is proof.

use std::str::FromStr;

use jiff::Timestamp;

use crate::domain::change::Change;
use crate::domain::message::{State, StateName};
use crate::domain::text::UnknownWord;

#[cfg(test)]
mod tests;

/// What a provider reports about a message it took.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Rung {
    /// The platform accepted it.
    Sent,
    /// It could not be delivered.
    Failed,
    /// It is on a device.
    Delivered,
    /// It was opened or played.
    Read,
}

impl Rung {
    /// The state a message on this rung is in.
    pub const fn state(self) -> StateName {
        match self {
            Self::Sent => StateName::Sent,
            Self::Failed => StateName::Failed,
            Self::Delivered => StateName::Delivered,
            Self::Read => StateName::Read,
        }
    }

    /// The word of the receipt.
    pub const fn as_str(self) -> &'static str {
        self.state().as_str()
    }
}

impl FromStr for Rung {
    type Err = UnknownWord;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "sent" => Ok(Self::Sent),
            "failed" => Ok(Self::Failed),
            "delivered" => Ok(Self::Delivered),
            "read" | "played" => Ok(Self::Read),
            _ => Err(UnknownWord {
                what: "receipt status",
                found: text.to_owned(),
                known: "sent, delivered, read, played, failed".to_owned(),
            }),
        }
    }
}

/// One report of a provider.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Receipt {
    /// The provider's id of the message.
    pub provider_id: String,
    /// What it reports.
    pub rung: Rung,
    /// The provider's time where it gives one, otherwise the time of receipt.
    pub at: Timestamp,
    /// The provider's error code, with [`Rung::Failed`].
    pub code: Option<String>,
}

impl Receipt {
    fn state(&self) -> State {
        let (provider_id, at) = (self.provider_id.clone(), self.at);
        match self.rung {
            Rung::Sent => State::Sent { provider_id, at },
            Rung::Failed => State::Failed { provider_id, at, code: self.code.clone() },
            Rung::Delivered => State::Delivered { provider_id, at },
            Rung::Read => State::Read { provider_id, at },
        }
    }
}

impl State {
    /// The state after a receipt. The first report of a rung is kept; repeating it changes nothing.
    pub fn raised_by(&self, receipt: &Receipt) -> Change<Self> {
        if receipt.rung.state().height() > self.name().height() {
            Change::Applied(receipt.state())
        } else {
            Change::Already
        }
    }
}
