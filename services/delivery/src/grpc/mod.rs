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
mod queue;
mod queue_changes;
mod queue_looks;
mod send;
mod steps;
mod templates;
mod timeline;
mod troubles;

pub use channels::Channels;
pub use connections::Connections;
pub use dead_items::DeadItems;
pub use media::Media;
pub use messages::Messages;
pub use queue::Queues;
pub(crate) use queue_changes::Wanted;
pub use templates::Templates;
pub use timeline::Timelines;
pub use troubles::Troubles;
