//! The operators' door.

mod channels;
mod conversations;
mod convert;
mod convert_channel;
mod dead_items;

pub use channels::Channels;
pub use conversations::Conversations;
pub use dead_items::DeadItems;
