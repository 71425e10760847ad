//! Rows of the schema `conversation`.

pub mod channels;
pub mod contacts;
pub mod conversations;
pub mod dead_items;
pub mod media;
pub mod seen;
pub mod tenants;
pub mod timeline;
pub mod troubles;
pub mod turns;
