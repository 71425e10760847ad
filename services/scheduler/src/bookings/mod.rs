//! Operators' changes of the book. They take the same road as a customer's yes.

mod change;
mod request_id;
mod tell;

pub use change::{Change, NewBooking, Refused, change};
pub use request_id::RequestId;
pub use tell::Telling;
