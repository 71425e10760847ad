//! How a dead letter is closed: its owner does it, then the letter and the record of who asked are written together. A crash in
//! between is healed by asking again, or by the sweep, which finds the item settled.

mod discard;
mod replay;

pub use discard::discard;
pub use replay::{replay, replay_due};

use crate::owners::OwnersError;

/// Why a letter stays as it is.
#[derive(Debug, thiserror::Error)]
pub enum CloseError {
    /// The owner's answer.
    #[error(transparent)]
    Owner(#[from] OwnersError),
    /// The letter is not open.
    #[error("it was {was}: {resolution}")]
    Closed {
        /// replayed or discarded.
        was: &'static str,
        /// The new item, or the reason.
        resolution: String,
    },
    /// Rows.
    #[error("cannot store what was done")]
    Store(#[from] sqlx::Error),
}
