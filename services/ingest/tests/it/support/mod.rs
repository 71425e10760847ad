//! What several tests need.

pub mod fixtures;
pub mod front;
pub mod hostile;
pub mod sign;
