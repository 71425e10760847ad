//! What a calendar, a booking and a reminder are, and the rules between them. Nothing here reads a clock, a database
//! or a network.

pub mod booking;
pub mod calendar;
pub mod declared;
pub mod opening;
pub mod reminder;
pub mod slot_handle;
pub mod slots;
pub mod troubles;
pub mod wording;
pub mod zone;
