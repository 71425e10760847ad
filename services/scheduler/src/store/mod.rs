//! The schema `scheduler`, one file per table or question: functions on a connection, domain types in and out.

pub mod bookings;
pub mod busy;
pub mod calendar;
pub mod declare;
pub mod due_reminders;
pub mod effects;
mod error;
pub mod holds;
pub mod reach;
pub mod reminders;
pub mod timeline;
pub mod troubles;

pub use error::Error;
