//! One owner's work: own channels, pick heads, commit intents, call, settle, find out about unknowns.
//!
//! One loop (`dispatcher`) for all channels of an instance: once a second it keeps `house`; whenever something happened it
//! takes a `look` at the channels concerned and starts to `send`. A task exists only for each `call` under way. An idle
//! channel costs one probe of an index a second.

pub(crate) mod account;
mod call;
mod dispatcher;
mod doors;
mod heads;
mod held;
mod hindsight;
mod house;
mod listen;
mod look;
mod own;
mod owned;
mod reconcile;
mod send;
mod settling;
mod signs;
mod templates;
mod wakes;

pub(crate) use account::of_all as accounts;
pub use account::of_one as account_of;
pub use dispatcher::{Dispatcher, Options, Parts};
pub use settling::Settlements;
pub use templates::{SyncError, sync};
