use ids::{BookingId, ServiceId, StaffId};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// Something that can be booked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Service {
    /// Which.
    pub id: ServiceId,
    /// Short stable name; what a model calls it by.
    pub slug: String,
    /// As customers read it.
    pub name: String,
    /// How long a visit takes.
    pub minutes: i32,
    /// What it costs, in the words of the business; `None` when it does not say.
    pub price: Option<String>,
    /// Who does it.
    pub staff: Vec<Staff>,
}

/// Somebody who can be booked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Staff {
    /// Who.
    pub id: StaffId,
    /// Short stable name; what a model calls them by.
    pub slug: String,
    /// As customers read it.
    pub name: String,
}

/// One service, with one person, at one time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Visit {
    /// What.
    pub service_id: ServiceId,
    /// What, as customers read it.
    pub service: String,
    /// With whom.
    pub staff_id: StaffId,
    /// With whom, as customers read it.
    pub staff: String,
    /// When it begins.
    pub starts_at: Timestamp,
    /// When it ends.
    pub ends_at: Timestamp,
}

impl Visit {
    /// Whether both are the same service, person and start.
    pub fn is_same(&self, other: &Self) -> bool {
        self.service_id == other.service_id
            && self.staff_id == other.staff_id
            && self.starts_at == other.starts_at
    }
}

/// A free time, as it was offered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Slot {
    /// Opaque and signed by the calendar: the only way to hold this time.
    pub handle: String,
    /// What it would be.
    pub visit: Visit,
}

/// An appointment of the customer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Booking {
    /// Which.
    pub id: BookingId,
    /// What it is.
    pub visit: Visit,
}
