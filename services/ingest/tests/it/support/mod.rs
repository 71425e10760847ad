//! What several tests need.

pub mod fixtures;
pub mod front;
pub mod sign;
