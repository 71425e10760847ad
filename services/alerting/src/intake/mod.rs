//! How a death is noticed: announced by JetStream, or found in its owner's list.

pub mod advisories;
pub mod notice;
pub mod sweep;
