//! The servers a service stands on: waited for at the start, and watched ever after.

use std::future::Future;
use std::time::Duration;

use bus::Bus;
use postgres::Probe;
use settings::Settings;
use tokio::time::MissedTickBehavior;

use crate::{Latch, Lifecycle, Readiness};

/// How often a server is asked whether it is there.
const EVERY: Duration = Duration::from_secs(1);

/// What one service needs of servers. Each has a latch, named as its section of the configuration: `/readyz` closes while
/// the server does not answer, says why, and opens by itself.
#[derive(Debug, Clone, Copy)]
pub struct Needs<'a> {
    /// Where the servers are.
    pub settings: &'a Settings,
    /// The service's name, which is its schema's.
    pub service: &'static str,
    /// Where the latches are.
    pub readiness: &'a Readiness,
    /// On which the watching lives.
    pub lifecycle: &'a Lifecycle,
}

impl Needs<'_> {
    /// Watches PostgreSQL under the latch `database`.
    ///
    /// # Errors
    /// If it cannot be reached now; [`crate::command`] has waited for it.
    pub async fn database(&self) -> anyhow::Result<()> {
        let latch = self.readiness.latch("database");
        let probe = Probe::open(&self.settings.database()?, self.service).await?;
        self.watch("database", latch, move || {
            let probe = probe.clone();
            async move {
                probe.ask().await.map_err(|error| {
                    tracing::debug!(%error, "postgresql does not answer");
                    "PostgreSQL does not answer; check that it runs and that database.url points to it"
                        .to_owned()
                })
            }
        });
        Ok(())
    }

    /// Connects to NATS, with patience, and watches it under the latch `nats`. `None`: the process is to stop.
    ///
    /// # Errors
    /// If NATS does not come within a minute.
    pub async fn nats(&self) -> anyhow::Result<Option<Bus>> {
        let latch = self.readiness.latch("nats");
        let nats = self.settings.nats()?;
        let connect = Bus::connect_patiently(&nats, self.service, |error| latch.close(error.to_string()));
        let Some(bus) = self.lifecycle.stopping().run_until_cancelled(connect).await else { return Ok(None) };
        let bus = bus?;
        let asked = bus.clone();
        self.watch("nats", latch.clone(), move || {
            let bus = asked.clone();
            async move { bus.answers().await.map_err(|error| error.to_string()) }
        });
        Ok(Some(bus))
    }

    fn watch<A, F>(&self, name: &'static str, latch: Latch, ask: A)
    where
        A: Fn() -> F + Send + 'static,
        F: Future<Output = Result<(), String>> + Send,
    {
        let stopping = self.lifecycle.stopping();
        self.lifecycle.spawn(name, async move {
            let mut tick = tokio::time::interval(EVERY);
            tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
            while stopping.run_until_cancelled(tick.tick()).await.is_some() {
                match ask().await {
                    Ok(()) => latch.open(),
                    Err(why) => latch.close(why),
                }
            }
            Ok(())
        });
    }
}
