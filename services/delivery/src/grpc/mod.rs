//! The operators' door.

mod channels;
mod convert;
mod dead_items;
mod messages;
mod templates;

pub use channels::Channels;
pub use dead_items::DeadItems;
pub use messages::Messages;
pub use templates::Templates;
