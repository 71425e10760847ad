//! Setting a channel up and proving that it works: what operators do once, and after every change.

mod canary;
mod check;
mod desk;
mod hook;

pub use check::{Canary, Step, Verdict, Weight, Wish};
pub use desk::{Desk, NotSetUp};
