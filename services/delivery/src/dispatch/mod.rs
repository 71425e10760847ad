//! One owner's work: own channels, pick heads, commit intents, call, settle, find out about unknowns.
//!
//! One loop (`dispatcher`) for all channels of an instance; a task only for each call under way. An idle channel costs
//! one probe of an index a second.

mod account;
mod call;
mod dispatcher;
mod doors;
mod heads;
mod own;
mod reconcile;
mod settling;
mod wakes;

pub use dispatcher::{Dispatcher, Options};
pub use settling::Settlements;
