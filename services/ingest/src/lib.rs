//! draft
pub mod domain;
pub mod providers;
