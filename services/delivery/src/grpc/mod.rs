//! The operators' door.

mod channels;
mod convert;
mod dead_items;
mod media;
mod messages;

pub use channels::Channels;
pub use dead_items::DeadItems;
pub use media::Media;
pub use messages::Messages;
