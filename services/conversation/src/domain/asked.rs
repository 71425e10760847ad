use ids::{BookingId, ProposalId, ServiceId, StaffId};
use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::{Booking, ChangeKind, Slot, Visit};

/// What the conversation waits for after the last thing said: the only context in which "yes" and "2" mean something.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "asked", rename_all = "snake_case")]
pub enum Asked {
    /// A yes or no to the open proposal.
    Proposal {
        /// Which.
        id: ProposalId,
    },
    /// One of the times on the list.
    Slots {
        /// The list; the first is number 1.
        slots: Vec<Slot>,
        /// What it is for.
        listing: Listing,
    },
    /// One of the days on the list.
    Days {
        /// The list; the first is number 1.
        days: Vec<Date>,
        /// What it is for.
        listing: Listing,
    },
    /// One of the services on the list.
    Services {
        /// The list; the first is number 1.
        services: Vec<NamedService>,
        /// How many come before this page.
        offset: usize,
    },
    /// One of the customer's appointments on the list.
    Bookings {
        /// The list; the first is number 1.
        bookings: Vec<Booking>,
        /// What will be done with the one chosen.
        then: Option<ChangeKind>,
    },
    /// What to do with one appointment: 1 move, 2 cancel, 3 leave.
    Booking {
        /// Which.
        booking: Booking,
    },
    /// A line of the menu: 1 book, 2 appointments, 3 a person.
    Menu {
        /// The menu took the place of an answer that failed.
        after_failure: bool,
    },
    /// Nothing: something was just done. A second yes needs no answer, and a "no, wait" means this.
    Done {
        /// What was confirmed.
        proposal: ProposalId,
        /// What was done.
        kind: ChangeKind,
        /// The appointment after it.
        visit: Visit,
        /// When.
        at: Timestamp,
    },
}

/// A service as it stood on a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NamedService {
    /// Which.
    pub id: ServiceId,
    /// As it was shown.
    pub name: String,
}

/// Which times a list shows, so that the ones after it can be found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Listing {
    /// What the chosen time is for.
    pub purpose: For,
    /// Of which service.
    pub service: NamedService,
    /// With whom; `None` for whoever is free.
    pub staff: Option<StaffId>,
}

impl For {
    /// The appointment that would move.
    pub fn moving(&self) -> Option<BookingId> {
        match self {
            Self::Booking | Self::Undecided => None,
            Self::Moving { booking } => Some(booking.id),
        }
    }
}

/// What a chosen time is for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "for", rename_all = "snake_case")]
pub enum For {
    /// A new appointment.
    Booking,
    /// The customer has an appointment of this kind already, and a model that listed the times did not say what for.
    Undecided,
    /// Another time for this one.
    Moving {
        /// The appointment as it stands.
        booking: Booking,
    },
}
