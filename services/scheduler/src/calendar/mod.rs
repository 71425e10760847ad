//! Offering times and keeping them free.

mod find_slots;
mod hold_slot;
mod lookup;

pub use find_slots::{Found, Offered, Query, find_slots};
pub use hold_slot::{HoldRefused, HoldRequest, Kept, hold_slot};
pub use lookup::{Unknown, calendar_of, service_of, staff_of};
