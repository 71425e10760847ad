//! The loop that looks. One process at a time, by a lease; it survives the death of any.

use std::time::Duration;

use clock::SharedClock;
use ids::InstanceId;
use metrics::{counter, gauge};
use sqlx::PgPool;
use tokio::time::MissedTickBehavior;
use tokio_util::sync::CancellationToken;
use tracing::{info, warn};

use super::{own, round};
use crate::{
    clients::{Answer, Watched},
    domain::incident::{Rules, Severity},
    notify::Heartbeat,
    store::{dead_letters, incidents, lease, posts},
};

/// How it looks.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// How often.
    pub every: Duration,
    /// How patient incidents are.
    pub rules: Rules,
    /// An owner may be away for so long.
    pub silent_after: Duration,
    /// So many dead letters are no trouble.
    pub dead_letters: i64,
}

/// Looks and writes down what changed.
#[derive(Clone, Debug)]
pub struct Watcher {
    /// Rows.
    pub pool: PgPool,
    /// Those who are asked.
    pub watched: Watched,
    /// This process.
    pub me: InstanceId,
    /// The time of each look.
    pub clock: SharedClock,
    /// How it looks.
    pub options: Options,
    /// The receivers that alerts are posted to.
    pub receivers: Vec<String>,
    /// Told that looks go on.
    pub heartbeat: Heartbeat,
}

impl Watcher {
    /// Looks until `stop`.
    pub async fn run(mut self, stop: CancellationToken) -> anyhow::Result<()> {
        info!(
            every_s = self.options.every.as_secs_f64(),
            "FailedConfirmationEscalation: the watch for incidents has started"
        );
        let mut tick = tokio::time::interval(self.options.every);
        tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut mine = false;
        while stop.run_until_cancelled(tick.tick()).await.is_some() {
            match self.look().await {
                Ok(looked) => {
                    if looked != mine {
                        info!(looks = looked, "this process looks for incidents, or another one does");
                    }
                    mine = looked;
                }
                Err(error) => {
                    counter!("frontdesk_alerting_looks_total", "result" => "failed").increment(1);
                    warn!(%error, "the look for incidents failed; the next one says the same");
                }
            }
            self.count().await;
        }
        if mine && let Err(error) = lease::give_back(&self.pool, self.me).await {
            warn!(%error, "the lease of the watch was not given back; it runs out by itself");
        }
        Ok(())
    }

    /// One look. `false`: another process looks.
    ///
    /// # Errors
    /// Whatever the database says.
    pub async fn look(&mut self) -> Result<bool, sqlx::Error> {
        if !lease::take(&self.pool, self.me, self.lasts()).await? {
            return Ok(false);
        }
        let mut answers = self.watched.ask().await;
        let (dead_letters, oldest) = dead_letters::standing(&self.pool).await?;
        let facts =
            own::Facts { dead_letters, oldest, posts: posts::failing(&self.pool, &self.receivers).await? };
        let Options { dead_letters: most, silent_after, rules, .. } = self.options;
        let own = own::troubles(&facts, &answers, most, silent_after);
        answers.push(Answer { service: own::SERVICE, troubles: Ok(own) });
        let now = self.clock.now();
        if !round::write_down(&self.pool, self.me, &answers, &rules, now).await? {
            return Ok(false);
        }
        counter!("frontdesk_alerting_looks_total", "result" => "done").increment(1);
        gauge!("frontdesk_alerting_last_look_timestamp_seconds").set(now.as_second() as f64);
        self.heartbeat.beat(&facts, now).await;
        Ok(true)
    }

    /// Two looks and a little. An owner that answers late may outlast it; then whoever has the lease by then writes.
    fn lasts(&self) -> Duration {
        self.options.every * 2 + Duration::from_secs(3)
    }

    async fn count(&self) {
        let Ok(counts) = incidents::counts(&self.pool).await else { return };
        for severity in Severity::ALL {
            let open = counts.iter().filter(|(state, of, _)| state == "open" && of == severity.name());
            let open: i64 = open.map(|(.., count)| count).sum();
            gauge!("frontdesk_alerting_incidents_open", "severity" => severity.name()).set(open as f64);
        }
    }
}
