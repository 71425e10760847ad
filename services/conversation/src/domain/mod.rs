//! What a turn works on, as values: no I/O, no clock, no rows.

mod agent;
mod asked;
mod calendar;
mod draft;
mod effect;
mod history;
mod item;
mod language;
mod owner;
mod proposal;
mod route;
mod snapshot;
mod stats;
mod taps;
mod tenant;
pub mod timeline;
pub mod troubles;

pub use agent::{AgentVersion, ToolName};
pub use asked::{Asked, For, Listing, NamedService};
pub use calendar::{Booking, Service, Slot, Staff, Visit};
pub use draft::{Draft, ProposalChange, Say, SayClass};
pub use effect::{Effect, Refusal};
pub use history::{Author, HistoryLine};
pub use item::{Item, ItemKind};
pub use language::Language;
pub use owner::{Evidence, HandoffReason, Owner, OwnerChange};
pub use proposal::{Change, ChangeKind, Proposal, ProposalState};
pub use route::{MenuCause, Route, Silence, Unreadable};
pub use snapshot::{Conversation, Snapshot};
pub use stats::{Degraded, Flag, Stats};
pub use taps::{Fallback, Tap, Taps};
pub use tenant::{Snippet, TenantProfile};
