//! What a webhook means here, whatever provider it came from. No I/O, no provider names.

mod channel_news;
mod content;
mod ignored;
mod inbound_event;
mod peer;
mod receipt;
mod routed;
mod template_news;
pub mod troubles;

pub use channel_news::{ChannelSignal, ChannelState, Pairing};
pub use content::{Card, Content, Location, Media, MediaSource, Referral, Reply};
pub use ignored::Ignored;
pub use inbound_event::{ApiEcho, Edit, IdentityChange, InboundEvent, Message, Reaction, Revoke};
pub use peer::Peer;
pub use receipt::{Receipt, ReceiptStatus};
pub(crate) use routed::describe;
pub use routed::{Claim, MOST_PIECES, Parsed, Rejected, Route, Routed, Unparsable};
pub use template_news::{TemplateChange, TemplateNews};
