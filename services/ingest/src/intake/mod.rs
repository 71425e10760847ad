//! One request, from its bytes to its answer: verified, read, handed on, and what is left over kept.

mod hand_on;
mod missed;
mod plan;
mod replay;
mod shared;
mod take;
mod verify_evolution;
mod verify_meta;
mod verify_twilio;

pub use replay::ReplayError;
pub use shared::Shared;
pub use take::{Delivered, Intake, Parts, Refused, Taken};
