//! The operator's door.

mod convert;
mod dead_letters;

pub use dead_letters::DeadLetters;
