//! Values, no I/O.

pub mod action;
pub mod advisory;
pub mod dead_letter;
pub mod retry_policy;
pub mod timeline;
