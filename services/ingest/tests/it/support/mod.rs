//! What several tests need.

pub mod fixtures;
