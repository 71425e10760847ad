//! The channels whose webhooks are let in, in memory.

mod cache;
mod channel;
mod directory;
mod seen;

pub use cache::Channels;
pub use channel::{Account, AppSecret, Channel, Named, Row};
pub use directory::{Directory, Note};
