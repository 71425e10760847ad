//! Events in the form in which the receivers' functions take them.

mod body;
mod delivery;
mod event;

use std::borrow::Cow;

use ids::ChannelId;
use jiff::Timestamp;
use serde::Serialize;
use uuid::Uuid;

pub use delivery::{channel_event, echo_of, receipt, template_event};
pub use event::{identity, inbox};

/// What an event has beside itself.
#[derive(Debug, Clone, Copy)]
pub struct Arrived {
    /// Where it belongs.
    pub channel_id: ChannelId,
    /// When the request came, for providers that do not say when a thing happened.
    pub at: Timestamp,
    /// Connects everything that comes of it.
    pub correlation_id: Uuid,
    /// It was fetched from the provider's list, long after it was written.
    pub late: bool,
}

/// Serialising plain structs of strings and numbers cannot fail; an empty object would be refused by the receiver. Here every
/// text of a webhook passes on its way to the database: one that no column could hold must not cost the customer's message.
fn to_json<T: Serialize>(value: &T) -> String {
    let json = serde_json::to_string(value).unwrap_or_else(|_| "{}".to_owned());
    match postgres::keepable_json(&json) {
        Cow::Borrowed(_) => json,
        Cow::Owned(kept) => kept,
    }
}
