#![doc = include_str!("../README.md")]

mod bootstrap;
mod doors;
mod inbox;
mod program;
mod stack;
pub mod storm;

pub use bootstrap::{INSTANCE, META_NUMBER, TWILIO_ACCOUNT, Whose, bootstrap};
pub use doors::{Doors, SERVICES};
pub use inbox::Inbox;
pub use program::Program;
pub use stack::{Servers, Stack};
