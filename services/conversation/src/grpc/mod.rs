//! The operators' door.

mod conversations;
mod convert;
mod dead_items;

pub use conversations::Conversations;
pub use dead_items::DeadItems;
