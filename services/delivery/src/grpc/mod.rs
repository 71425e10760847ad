//! The operators' door.

mod campaigns;
mod channels;
mod connections;
mod content;
pub(crate) mod convert;
mod convert_connection;
mod dead_items;
mod media;
mod messages;
mod send;
mod templates;

pub use channels::Channels;
pub use connections::Connections;
pub use dead_items::DeadItems;
pub use media::Media;
pub use messages::Messages;
pub use templates::Templates;
