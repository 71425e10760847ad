//! Operators' changes of the book. They take the same road as a customer's yes.

mod change;
mod request_id;

pub use change::{Change, NewBooking, Refused, change};
pub use request_id::RequestId;
