//! Those who are asked.

mod watched;

pub use watched::{Answer, Watched};
