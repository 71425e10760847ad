//! Sends what is due, in order, once.

pub mod domain;
pub mod providers;
