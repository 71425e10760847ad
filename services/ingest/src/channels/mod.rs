//! The channels whose webhooks are let in, in memory.

mod cache;
mod channel;
mod directory;

pub use cache::Channels;
pub use channel::{Account, AppSecret, Channel, Row};
pub use directory::Directory;
