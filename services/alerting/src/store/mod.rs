//! Rows of the schema `alerting`.

pub mod actions;
pub mod dead_letters;
pub mod groups;
pub mod incidents;
pub mod lease;
pub mod posts;
pub mod retry_policies;
pub mod timeline;
