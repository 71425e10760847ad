//! The operators' door.

mod channels;
mod contacts;
mod conversations;
mod convert;
mod convert_channel;
mod dead_items;
mod steps;
mod timeline;
mod troubles;

pub use channels::Channels;
pub use contacts::Contacts;
pub use conversations::Conversations;
pub use dead_items::DeadItems;
pub use timeline::Timelines;
pub use troubles::Troubles;
