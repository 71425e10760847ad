//! Rows of the schema `delivery`, and its steps (`migrations/0005_sending.sql`).

pub mod campaigns;
pub mod canaries;
pub mod channel_events;
pub mod channels;
pub mod dead_items;
pub mod doors;
pub mod failures;
pub mod hearing;
pub mod held;
pub mod messages;
pub mod prune;
pub mod queue;
pub mod queue_actions;
pub mod sending;
pub mod sends;
pub mod shares;
pub mod signals;
pub mod templates;
pub mod timeline;
pub mod troubles;
pub mod unknowns;
pub mod warm_up;
