//! Handing events on: in batches, in the receivers' own functions, and only then the answer to the provider.

mod acceptor;
mod batcher;
mod channel_events;
mod echoes;
mod failure;
mod identities;
mod inbox;
mod isolate;
mod receipts;
mod template_events;
mod wire;

pub use acceptor::{Acceptor, Pools};
pub use batcher::{Batched, Call, Failed};
pub use channel_events::ChannelEvents;
pub use echoes::{Echo, Echoes};
pub use failure::CallError;
pub use identities::Identities;
pub use inbox::{Inbox, InboxOutcome, Wakes};
pub use receipts::Receipts;
pub use template_events::TemplateEvents;
pub use wire::{Arrived, channel_event, echo_of, identity, inbox, receipt, template_event};
