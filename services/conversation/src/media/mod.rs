//! Files that customers send: fetched once through delivery, checked, stored for a while, shown to staff by signed link; and
//! voice notes, which are written down.
//!
//! A row of `conversation.media` says where a file stands. `work` claims rows that are due, `handle` carries one from the
//! provider to the store, `keep` forgets what was kept long enough.

mod check;
mod config;
mod handle;
mod keep;
mod kind;
pub mod link;
pub mod objects;
mod start;
pub mod transcribe;
mod work;

pub use check::{Refused, check};
pub use config::{Config, TranscriptionConfig};
pub use handle::{Handler, Trouble};
pub use keep::{forget, keep};
pub use kind::Kind;
pub(crate) use start::Media;
pub use work::{Nudge, step, work};
