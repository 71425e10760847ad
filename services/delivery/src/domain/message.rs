//! What is true of one outbound message.

use jiff::Timestamp;

use crate::domain::causes::Cause;
use crate::domain::change::Change;
use crate::domain::decide::{ExpireReason, SkipReason};
use crate::domain::settle::Settlement;
use crate::domain::text::words;

/// The state of a message, with what is known in it.
///
/// ```text
/// Queued -> Intended -> Sent -> Delivered -> Read        Failed, when the provider says so afterwards
///    ^         |  \--> Unknown -> Sent … | Queued (one resend)
///    \---------/  \--> Dead
/// Queued -> Expired | Skipped | Cancelled | DryRun
/// ```
///
/// What the provider shows (a receipt, an echo, its list) is believed from any state but a call under way.
///
/// A provider id may hold the customer's number (Meta's do): for rows, never for logs or metrics.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum State {
    /// Waits for its turn, for its retry, or behind a closed door.
    Queued,
    /// The attempt is committed, the call may be under way.
    Intended {
        /// When the intent was committed.
        at: Timestamp,
    },
    /// The provider took it.
    Sent {
        /// The provider's id of the message.
        provider_id: String,
        /// When it took it.
        at: Timestamp,
    },
    /// It reached a device of the customer.
    Delivered {
        /// The provider's id of the message.
        provider_id: String,
        /// When it arrived.
        at: Timestamp,
    },
    /// The customer opened it (or played the voice note).
    Read {
        /// The provider's id of the message.
        provider_id: String,
        /// When it was opened.
        at: Timestamp,
    },
    /// The provider took it and said afterwards that it could not be delivered.
    Failed {
        /// The provider's id of the message.
        provider_id: String,
        /// When it said so.
        at: Timestamp,
        /// The provider's error code, when it gives one. Evolution never does.
        code: Option<String>,
    },
    /// It may have been sent. Neither resent nor forgotten until somebody finds out.
    Unknown {
        /// What left it open.
        cause: Cause,
        /// Until then evidence is looked for; afterwards [`crate::domain::unknown::verdict`] decides.
        reconcile_until: Timestamp,
    },
    /// Its time had passed; not sent.
    Expired {
        /// Why it was too late.
        reason: ExpireReason,
    },
    /// A rule at send time forbade it; not sent.
    Skipped {
        /// Which rule.
        reason: SkipReason,
    },
    /// Whoever enqueued it took it back; not sent.
    Cancelled {
        /// In the words of the one who cancelled.
        reason: String,
    },
    /// Everything but the call was done, because sending is switched off.
    DryRun {
        /// When the call would have been made.
        at: Timestamp,
    },
    /// Given up. A dead letter tells somebody.
    Dead {
        /// What stood in the way at the last try.
        cause: Cause,
    },
}

words! {
    /// The state without its data, as the column `state` holds it.
    pub enum StateName as "message state" {
        /// See [`State::Queued`].
        Queued = "queued",
        /// See [`State::Intended`].
        Intended = "intended",
        /// See [`State::Sent`].
        Sent = "sent",
        /// See [`State::Delivered`].
        Delivered = "delivered",
        /// See [`State::Read`].
        Read = "read",
        /// See [`State::Failed`].
        Failed = "failed",
        /// See [`State::Unknown`].
        Unknown = "unknown",
        /// See [`State::Expired`].
        Expired = "expired",
        /// See [`State::Skipped`].
        Skipped = "skipped",
        /// See [`State::Cancelled`].
        Cancelled = "cancelled",
        /// See [`State::DryRun`].
        DryRun = "dry_run",
        /// See [`State::Dead`].
        Dead = "dead",
    }
}

words! {
    /// What a message is for.
    pub enum Class as "message class" {
        /// An answer in a conversation.
        Reply = "reply",
        /// States something that was committed: booked, moved, cancelled.
        Confirmation = "confirmation",
        /// Reminds of something committed earlier.
        Reminder = "reminder",
        /// Anything else the business says by itself.
        Notice = "notice",
    }
}

words! {
    /// What to do with a message whose outcome nobody could find out.
    pub enum OnUnknown as "on_unknown" {
        /// Leave it: at most once.
        Leave = "leave",
        /// Send it once more: a double is better than silence.
        ResendOnce = "resend_once",
    }
}

impl State {
    /// The state without its data.
    pub fn name(&self) -> StateName {
        match self {
            Self::Queued => StateName::Queued,
            Self::Intended { .. } => StateName::Intended,
            Self::Sent { .. } => StateName::Sent,
            Self::Delivered { .. } => StateName::Delivered,
            Self::Read { .. } => StateName::Read,
            Self::Failed { .. } => StateName::Failed,
            Self::Unknown { .. } => StateName::Unknown,
            Self::Expired { .. } => StateName::Expired,
            Self::Skipped { .. } => StateName::Skipped,
            Self::Cancelled { .. } => StateName::Cancelled,
            Self::DryRun { .. } => StateName::DryRun,
            Self::Dead { .. } => StateName::Dead,
        }
    }

    /// The provider's id, once one is known.
    pub fn provider_id(&self) -> Option<&str> {
        match self {
            Self::Sent { provider_id, .. }
            | Self::Delivered { provider_id, .. }
            | Self::Read { provider_id, .. }
            | Self::Failed { provider_id, .. } => Some(provider_id),
            _ => None,
        }
    }

    /// What a settlement makes of it. A receipt that overtook the answer stays: settling only raises.
    pub fn settled_by(&self, settlement: &Settlement) -> Change<Self> {
        if self.name().height() > 0 {
            return Change::Already;
        }
        let next = match settlement {
            Settlement::Done(state) => state.clone(),
            Settlement::RetryAt { .. }
            | Settlement::Wait { .. }
            | Settlement::Park { .. }
            | Settlement::AsTemplate { .. } => Self::Queued,
            Settlement::Dead { cause } => Self::Dead { cause: *cause },
            Settlement::Unknown { cause, reconcile_until } => {
                Self::Unknown { cause: *cause, reconcile_until: *reconcile_until }
            }
        };
        Change::between(self, next)
    }
}

impl StateName {
    /// How high it stands on the receipt ladder; 0 for everything no receipt has touched. Receipts and settlements
    /// take the higher of two, so their order and number do not matter.
    pub const fn height(self) -> i16 {
        match self {
            Self::Sent => 1,
            // Above `sent`, which says less; below `delivered`, which proves it wrong.
            Self::Failed => 2,
            Self::Delivered => 3,
            Self::Read => 4,
            _ => 0,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settling_never_lowers_what_a_receipt_raised() {
        let at = Timestamp::UNIX_EPOCH;
        let read = State::Read { provider_id: "a".into(), at };
        for settlement in [
            Settlement::Done(State::Sent { provider_id: "a".into(), at }),
            Settlement::Unknown { cause: Cause::NoAnswer, reconcile_until: at },
            Settlement::Dead { cause: Cause::Unavailable },
            Settlement::RetryAt { at, cause: Cause::Unavailable },
        ] {
            assert_eq!(read.settled_by(&settlement), Change::Already);
        }
    }

    #[test]
    fn settling_an_intent_stores_what_was_found() {
        let at = Timestamp::UNIX_EPOCH;
        let intended = State::Intended { at };
        let retry = Settlement::RetryAt { at, cause: Cause::Unavailable };
        assert_eq!(intended.settled_by(&retry), Change::Applied(State::Queued));
        let dead = Settlement::Dead { cause: Cause::NotOnWhatsApp };
        assert_eq!(intended.settled_by(&dead), Change::Applied(State::Dead { cause: Cause::NotOnWhatsApp }));
    }
}
