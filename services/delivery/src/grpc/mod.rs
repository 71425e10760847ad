//! The operators' door.

mod channels;
mod connections;
mod convert;
mod convert_connection;
mod dead_items;
mod media;
mod messages;
mod templates;

pub use channels::Channels;
pub use connections::Connections;
pub use dead_items::DeadItems;
pub use media::Media;
pub use messages::Messages;
pub use templates::Templates;
