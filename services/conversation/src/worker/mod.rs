//! From a wake-up to a committed turn.
//!
//! `gather` takes wake-ups fairly and claims their keys in batches; each claimed key gets a task that `run`s it to its
//! release; `commit` writes the turns of many keys in one transaction. An idle conversation has no task and no entry
//! anywhere.

mod acknowledge;
mod bury;
mod commit;
mod debounce;
mod fair;
mod gather;
mod hearing;
mod progress;
mod run;
mod running;

use std::sync::Arc;

use bus::Bus;
use sqlx::PgPool;
use tokio::sync::{RwLock, Semaphore};
use work::{Heart, Lease};

pub use commit::Commits;
pub use debounce::Debounce;
pub use gather::gather;
pub use hearing::Hearing;
pub use running::Running;

use crate::{brain::Brain, profiles::Profiles};

/// What all runs of this process share.
#[derive(Debug)]
pub struct Worker {
    /// Ownership of conversations.
    pub heart: Heart,
    /// Whether this process may still believe in its ownership.
    pub lease: Lease,
    /// Rows.
    pub pool: PgPool,
    /// Wake-ups for delivery.
    pub bus: Bus,
    /// The batched door to `commit_turns`.
    pub commits: Commits,
    /// Tenants and agents.
    pub profiles: Profiles,
    /// What answers.
    pub brain: Brain,
    /// How long a burst is waited for.
    pub debounce: Debounce,
    /// How long a voice note's words are waited for; `None`: nobody writes them down.
    pub hearing: Option<Hearing>,
    /// Keys this process works on.
    pub running: Running,
    /// One permit per run.
    pub permits: Arc<Semaphore>,
    /// Runs share it; a suspect has it alone.
    pub company: Arc<RwLock<()>>,
}
