use ids::{BookingId, HoldId, ProposalId};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{Booking, Visit};

/// A change that was put to the customer and waits for a yes. Its values are frozen: what is committed is what was shown.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Proposal {
    /// Which. One proposal leads to at most one effect.
    pub id: ProposalId,
    /// What would change.
    pub change: Change,
    /// What the customer was shown.
    pub shown_text: String,
    /// Where it stands.
    pub state: ProposalState,
    /// A yes after this does not count.
    pub expires_at: Timestamp,
}

impl Proposal {
    /// Whether a yes counts at `now`.
    pub fn is_fresh(&self, now: Timestamp) -> bool {
        self.state == ProposalState::Open && now < self.expires_at
    }
}

/// What a proposal would change.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Change {
    /// A new appointment.
    Book {
        /// The appointment.
        visit: Visit,
        /// What keeps the time free meanwhile.
        hold_id: HoldId,
    },
    /// Another time for an appointment.
    Move {
        /// The appointment as it stands.
        booking: Booking,
        /// As it would be.
        visit: Visit,
        /// What keeps the new time free meanwhile.
        hold_id: HoldId,
    },
    /// The end of an appointment.
    Cancel {
        /// The appointment as it stands.
        booking: Booking,
    },
}

impl Change {
    /// The kind alone.
    pub const fn kind(&self) -> ChangeKind {
        match self {
            Self::Book { .. } => ChangeKind::Book,
            Self::Move { .. } => ChangeKind::Move,
            Self::Cancel { .. } => ChangeKind::Cancel,
        }
    }

    /// The appointment that would change; a new one has none yet.
    pub const fn booking_id(&self) -> Option<BookingId> {
        match self {
            Self::Book { .. } => None,
            Self::Move { booking, .. } | Self::Cancel { booking } => Some(booking.id),
        }
    }

    /// The appointment after the change; for a cancellation, the one that would end.
    pub const fn visit(&self) -> &Visit {
        match self {
            Self::Book { visit, .. } | Self::Move { visit, .. } => visit,
            Self::Cancel { booking } => &booking.visit,
        }
    }

    /// What keeps a time free for it.
    pub const fn hold_id(&self) -> Option<HoldId> {
        match self {
            Self::Book { hold_id, .. } | Self::Move { hold_id, .. } => Some(*hold_id),
            Self::Cancel { .. } => None,
        }
    }
}

/// The kinds of change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ChangeKind {
    /// A new appointment.
    Book,
    /// Another time for one.
    Move,
    /// The end of one.
    Cancel,
}

/// Where a proposal stands. Only an open one can change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ProposalState {
    /// Waits for an answer.
    Open,
    /// The customer said yes and it was committed.
    Confirmed,
    /// The customer said no.
    Rejected,
    /// Its time ran out, or what it rested on went away.
    Expired,
    /// Another one took its place, or it was taken back.
    Superseded,
}
