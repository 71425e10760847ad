//! Looks after channels that say they are connected: is anything moving?
//!
//! Every process looks; each channel is taken by one at a time. What is seen is judged by `crate::domain::hearing`; here are
//! the looking, the asking and the writing down.

mod ask;
mod look;

use std::time::Duration;

use clock::SharedClock;
use futures_util::{StreamExt as _, stream};
use sqlx::PgPool;
use tokio::time::MissedTickBehavior;
use tokio_util::sync::CancellationToken;
use tracing::warn;

use crate::setup::Desk;
use crate::store::hearing;

/// How often due channels are looked for.
const EVERY: Duration = Duration::from_secs(2);
/// So many are taken together …
const TAKEN: i64 = 50;
/// … and looked at at once: a canary waits.
const AT_ONCE: usize = 8;
/// Longer than fifty take that all have to be asked.
const LEASE: Duration = Duration::from_secs(600);

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
    /// Looks at what is due, until `stop`.
    pub async fn run(self, stop: CancellationToken) -> anyhow::Result<()> {
        let mut tick = tokio::time::interval(EVERY);
        tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
        while stop.run_until_cancelled(tick.tick()).await.is_some() {
            let Some(looked) = stop.run_until_cancelled(self.look_at_due()).await else { break };
            if let Err(error) = looked {
                warn!(%error, "cannot look whether channels hear; trying again");
            }
        }
        Ok(())
    }

    async fn look_at_due(&self) -> Result<(), sqlx::Error> {
        let due = hearing::claim(&self.pool, TAKEN, LEASE).await?;
        if due.is_empty() {
            return Ok(());
        }
        let ids: Vec<_> = due.iter().map(|due| due.channel.uuid()).collect();
        let heard = hearing::heard(&self.pool, &ids).await?;
        stream::iter(due)
            .for_each_concurrent(AT_ONCE, |due| async {
                let (slug, heard) = (due.slug.clone(), heard.get(&due.channel).copied());
                if let Err(error) = self.look(due, heard).await {
                    warn!(channel = slug, %error, "cannot look whether a channel hears; it is looked at again later");
                }
            })
            .await;
        Ok(())
    }
}
