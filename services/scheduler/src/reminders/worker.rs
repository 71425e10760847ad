//! The loop that looks at due reminders.

use std::sync::Arc;
use std::time::Duration;

use bus::{Bus, streams};
use sqlx::PgPool;
use tokio_util::sync::CancellationToken;

use super::failed::{Failed, PutBack, put_back};
use super::hand_over::{HandedOver, Note, WakeUp, hand_over};
use crate::domain::wording::Templates;
use crate::metrics;
use crate::store;
use crate::store::due_reminders::{self, Settled};

/// Below the second after which PostgreSQL looks for deadlocks: if the worker and a turn wait for each other, it is the
/// worker that gives way, and the turn never notices.
const GIVES_WAY: Duration = Duration::from_millis(500);

/// How the worker looks.
#[derive(Debug, Clone, Copy)]
pub struct WorkerConfig {
    /// It looks at least this often.
    pub tick: Duration,
    /// So many reminders are handed over in one transaction.
    pub batch: u32,
}

/// Looks at due reminders until told to stop. Any number of these may run.
#[derive(Debug)]
pub struct Worker {
    /// From [`Worker::connect`].
    pub pool: PgPool,
    /// Carries the wake-ups.
    pub bus: Bus,
    /// The texts.
    pub templates: Arc<Templates>,
    /// How it looks.
    pub config: WorkerConfig,
}

impl Worker {
    /// Opens the worker's pool. It does not wait long for locks: a turn that waits for the worker is worse than a reminder
    /// that is a second late.
    ///
    /// One connection, since the worker does one thing at a time. With room for a second one it would be opened whenever
    /// the first is just on its way back into the pool; and while a server has no connection left, each such try takes 5 s and
    /// fails, tick after tick, beside a connection that is free.
    pub async fn connect(database: &settings::Database) -> Result<PgPool, postgres::Error> {
        postgres::Pool::new("scheduler", "reminders")
            .lock_timeout(GIVES_WAY)
            .max_connections(1)
            .connect(database)
            .await
    }

    /// Works until `stopping`. A look under way is finished.
    pub async fn run(self, stopping: CancellationToken) -> anyhow::Result<()> {
        loop {
            let pause = self.look().await;
            tokio::select! {
                () = stopping.cancelled() => return Ok(()),
                () = tokio::time::sleep(pause) => {}
            }
        }
    }

    /// Hands over everything that is due and returns how long nothing else can be.
    async fn look(&self) -> Duration {
        match self.until_next().await {
            Ok(Duration::ZERO) => {}
            Ok(wait) => return wait,
            Err(error) => {
                tracing::warn!(error = %chain(&error), "cannot read what is due; looking again after a tick");
                return self.config.tick;
            }
        }
        self.drain().await;
        // What is still due is locked by somebody or has just failed, so there is no hurry.
        match self.until_next().await {
            Ok(wait) if wait > Duration::ZERO => wait,
            _ => self.config.tick,
        }
    }

    /// How long until something is due, at most one tick.
    async fn until_next(&self) -> Result<Duration, store::Error> {
        let mut connection = self.pool.acquire().await?;
        let wait = due_reminders::next_due(&mut connection).await?;
        Ok(wait.map_or(self.config.tick, |wait| wait.min(self.config.tick)))
    }

    /// Looks until a look finds fewer than it could take. After a failed one each row goes alone, so that one bad row
    /// costs the others nothing but a moment.
    async fn drain(&self) {
        let mut alone = 0;
        loop {
            let limit = if alone > 0 { 1 } else { self.config.batch };
            match hand_over(&self.pool, &self.templates, limit).await {
                Ok(done) => {
                    let more = done.claimed >= usize::try_from(limit).unwrap_or(usize::MAX);
                    self.report(done).await;
                    if !more {
                        return;
                    }
                }
                Err(failed) if failed.claimed.len() > 1 => {
                    tracing::warn!(
                        error = %chain(&failed),
                        reminders = failed.claimed.len(),
                        "a batch of reminders failed; taking them one by one"
                    );
                    alone = failed.claimed.len();
                    continue;
                }
                Err(failed) => {
                    if !self.set_aside(&failed).await {
                        return;
                    }
                }
            }
            alone = alone.saturating_sub(1);
        }
    }

    /// False when there is nothing to set aside or no database to do it in: then the next tick is soon enough.
    async fn set_aside(&self, failed: &Failed) -> bool {
        let Some((culprit, correlation_id)) = failed.culprit() else {
            tracing::warn!(error = %chain(failed), "cannot claim due reminders; looking again after a tick");
            return false;
        };
        match put_back(&self.pool, culprit, &failed.problem).await {
            Ok(PutBack::Postponed) => {
                tracing::warn!(error = %chain(failed), %correlation_id, booking_id = %culprit.0.booking, "reminder postponed");
                metrics::reminder("postponed");
                true
            }
            Ok(PutBack::GivenUp) => {
                tracing::error!(error = %chain(failed), %correlation_id, booking_id = %culprit.0.booking, "reminder given up");
                metrics::reminder("failed");
                true
            }
            Err(error) => {
                tracing::warn!(error = %chain(&error), "cannot put a reminder back; looking again after a tick");
                false
            }
        }
    }

    async fn report(&self, done: HandedOver) {
        for note in &done.settled {
            tell(note);
        }
        for wake_up in done.wake_ups {
            self.wake(wake_up).await;
        }
    }

    /// Leaves without an answer and may be lost: delivery's sweeper finds the row a few seconds later.
    async fn wake(&self, WakeUp { channel_id, message_id }: WakeUp) {
        self.bus.wake(streams::outbound_subject(channel_id.uuid()), message_id.uuid()).await;
    }
}

/// One line per reminder: of which booking, what became of it, how late.
fn tell(note: &Note) {
    let Note { key, correlation_id, settled, late } = note;
    let (state, message, reason) = match settled {
        Settled::Completed(message) => ("completed", Some(message), None),
        Settled::Voided(reason) => ("voided", None, Some(*reason)),
        Settled::Expired(reason) => ("expired", None, Some(*reason)),
    };
    metrics::reminder(state);
    if message.is_some() {
        metrics::lateness(*late);
    }
    tracing::info!(
        %correlation_id,
        booking_id = %key.booking,
        reminder = key.number,
        message_id = message.map(tracing::field::display),
        class = "reminder",
        state,
        reason,
        late_ms = i64::try_from(late.as_millis()).unwrap_or(i64::MAX),
        "reminder settled"
    );
}

/// An error with its causes on one line.
fn chain(error: &dyn std::error::Error) -> String {
    let causes = std::iter::successors(error.source(), |cause| cause.source());
    causes.fold(error.to_string(), |line, cause| format!("{line}: {cause}"))
}
