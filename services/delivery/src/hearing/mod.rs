//! Looks after channels that say they are connected: is anything moving?
//!
//! Every process looks; each channel is taken by one at a time. What is seen is judged by `crate::domain::hearing`; here are
//! the looking, the asking and the writing down.

mod ask;
mod end;
mod look;

pub use end::end;

use std::sync::Arc;
use std::time::Duration;

use clock::SharedClock;
use sqlx::PgPool;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use tokio::time::MissedTickBehavior;
use tokio_util::sync::CancellationToken;
use tracing::warn;

use crate::domain::hearing::Heard;
use crate::setup::Desk;
use crate::store::hearing::{self, Due};

/// How often due channels are looked for.
const EVERY: Duration = Duration::from_secs(2);
/// Looked at at once at most …
const AT_ONCE: usize = 32;
/// … and asked: that takes as long as a canary, and leaves places for those that need no asking.
const ASKED_AT_ONCE: usize = 24;
/// Longer than a look takes, but for its canary.
const LEASE: Duration = Duration::from_secs(300);

/// What listens.
#[derive(Clone, Debug)]
pub struct Listener {
    /// Rows.
    pub pool: PgPool,
    /// Asks the chain.
    pub desk: Desk,
    /// What time it is.
    pub clock: SharedClock,
    /// The rules.
    pub rules: Rules,
}

/// How often and how.
#[derive(Clone, Copy, Debug)]
pub struct Rules {
    /// Messages may be sent.
    pub sending: bool,
    /// A canary is due after so long without anything; zero: never.
    pub canary_every: Duration,
    /// Canaries of a channel in 24 hours at most.
    pub canaries_per_day: u32,
    /// How long a canary may take to come back.
    pub canary_patience: Duration,
    /// Within this time a receipt comes.
    pub receipt_deadline: Duration,
}

impl Listener {
    /// Looks at what is due, until `stop`. Whoever is done makes room for the next: nobody waits for the slowest.
    pub async fn run(self, stop: CancellationToken) -> anyhow::Result<()> {
        let asking = Arc::new(Semaphore::new(ASKED_AT_ONCE));
        // Tasks of their own: what they hold of the pool is not held up by the next claim.
        let mut looks = JoinSet::new();
        let mut tick = tokio::time::interval(EVERY);
        tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut more_are_due = true;
        loop {
            tokio::select! {
                () = stop.cancelled() => return Ok(()),
                _ = tick.tick() => more_are_due = true,
                Some(looked) = looks.join_next() => looked?,
            }
            while let Some(looked) = looks.try_join_next() {
                looked?;
            }
            let free = AT_ONCE.saturating_sub(looks.len());
            if !more_are_due || free == 0 {
                continue;
            }
            let Some(claimed) = stop.run_until_cancelled(self.claim(free)).await else { return Ok(()) };
            let claimed = claimed.unwrap_or_else(|error| {
                warn!(%error, "cannot look whether channels hear; trying again");
                Vec::new()
            });
            more_are_due = claimed.len() == free;
            for (due, heard) in claimed {
                looks.spawn(self.clone().one(due, heard, asking.clone()));
            }
        }
    }

    /// So many of those that are due, with what ingest says of them.
    async fn claim(&self, most: usize) -> Result<Vec<(Due, Option<Heard>)>, sqlx::Error> {
        let lease = LEASE + self.rules.canary_patience;
        let due = hearing::claim(&self.pool, i64::try_from(most).unwrap_or(i64::MAX), lease).await?;
        if due.is_empty() {
            return Ok(Vec::new());
        }
        let ids: Vec<_> = due.iter().map(|due| due.channel.uuid()).collect();
        let heard = hearing::heard(&self.pool, &ids).await?;
        let with_heard = |due: Due| {
            let heard = heard.get(&due.channel).copied();
            (due, heard)
        };
        Ok(due.into_iter().map(with_heard).collect())
    }

    async fn one(self, due: Due, heard: Option<Heard>, asking: Arc<Semaphore>) {
        let slug = due.slug.clone();
        if let Err(error) = self.look(due, heard, &asking).await {
            warn!(channel = slug, %error, "cannot look whether a channel hears; it is looked at again later");
        }
    }
}
