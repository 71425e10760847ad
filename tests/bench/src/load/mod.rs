//! Customers writing: at a constant rate whatever comes back, or as many as get their answers.

mod closed;
mod drain;
mod enqueue;
mod open;
mod pace;

pub use closed::{Flow, saturate};
pub use drain::{answered, drain};
pub use enqueue::enqueue;
pub use open::at_rate;
