//! The doors: each method reads its request, calls one function, and renders the answer.

mod bookings;
mod calendar;
mod convert;
mod read;
mod reminders;
pub(crate) mod status;
mod timeline;
mod troubles;

pub use bookings::Bookings;
pub use calendar::Calendars;
pub use reminders::Reminders;
pub use timeline::Timelines;
pub use troubles::Troubles;
