//! Values, no I/O.

pub mod advisory;
pub mod dead_letter;
