//! Due files are claimed in short transactions and handled outside of any.

use std::sync::Arc;
use std::time::Duration;

use bus::{Bus, streams};
use ids::{ConversationId, TenantId};
use metrics::{counter, histogram};
use runtime::Lifecycle;
use sqlx::PgPool;
use tokio::sync::{Notify, Semaphore};
use tokio::time::{Instant, MissedTickBehavior};
use tracing::{info, warn};

use super::Handler;
use crate::store::media::{self, Due};

const EVERY: Duration = Duration::from_secs(1);
/// What storing may take beyond the fetching itself.
const SLACK: Duration = Duration::from_secs(60);

/// Says that a look is worth while: somebody waits for a file.
#[derive(Debug, Clone, Default)]
pub struct Nudge(Arc<Notify>);

impl Nudge {
    /// Wakes the worker of this process.
    pub fn now(&self) {
        self.0.notify_one();
    }
}

/// Looks once a second and when nudged, until the process stops. What is under way then is finished; what is not by the cut
/// comes again after its lease.
pub async fn work(pool: PgPool, bus: Bus, handler: Arc<Handler>, nudge: Nudge, lifecycle: Lifecycle) {
    let (stop, cut) = (lifecycle.stopping(), lifecycle.cut());
    let permits = Arc::new(Semaphore::new(handler.config.at_once));
    let all = u32::try_from(handler.config.at_once).unwrap_or(1);
    let mut tick = tokio::time::interval(EVERY);
    tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            biased;
            () = stop.cancelled() => break,
            _ = tick.tick() => {}
            () = nudge.0.notified() => {}
        }
        let free = i32::try_from(permits.available_permits()).unwrap_or(i32::MAX);
        if free == 0 {
            continue;
        }
        for due in claim(&pool, &handler, free).await {
            // There are as many as there were permits, and nobody else takes any.
            let Ok(permit) = permits.clone().acquire_owned().await else { return };
            let (pool, bus, handler, nudge) = (pool.clone(), bus.clone(), handler.clone(), nudge.clone());
            tokio::spawn(async move {
                if let Some((conversation, tenant)) = one(&pool, &handler, &due).await {
                    bus.wake(streams::inbound_subject(tenant.uuid()), conversation.uuid()).await;
                }
                drop(permit);
                // There is room again.
                nudge.now();
            });
        }
    }
    tokio::select! {
        _ = permits.acquire_many(all) => {}
        () = cut.cancelled() => {}
    }
}

/// Handles what is due now, one after the other; answers with how many. Wakes nobody.
///
/// # Errors
/// Whatever the database says.
pub async fn step(pool: &PgPool, handler: &Handler) -> Result<usize, sqlx::Error> {
    let due = media::claim(pool, i32::MAX, lease(handler)).await?;
    for file in &due {
        one(pool, handler, file).await;
    }
    Ok(due.len())
}

fn lease(handler: &Handler) -> Duration {
    handler.config.timeout.duration() + SLACK
}

async fn claim(pool: &PgPool, handler: &Handler, most: i32) -> Vec<Due> {
    media::claim(pool, most, lease(handler)).await.unwrap_or_else(|error| {
        warn!(%error, "cannot look for files that are due; trying again");
        Vec::new()
    })
}

/// Carries one file to its end or its next try. Answers with the conversation that may be waiting for it.
async fn one(pool: &PgPool, handler: &Handler, due: &Due) -> Option<(ConversationId, TenantId)> {
    let started = Instant::now();
    let outcome = handler.handle(due).await;
    let took = started.elapsed();
    counter!("frontdesk_conversation_media_total", "state" => outcome.state).increment(1);
    histogram!("frontdesk_conversation_media_seconds").record(took.as_secs_f64());
    let (state, cause) = (outcome.state, outcome.cause.as_deref().unwrap_or_default());
    let ms = u64::try_from(took.as_millis()).unwrap_or(u64::MAX);
    info!(item = %due.item, kind = due.kind, state, cause, attempt = due.attempt, ms, "file handled");
    media::settle(pool, due, &outcome).await.unwrap_or_else(|error| {
        warn!(item = %due.item, %error, "cannot write what became of a file; it comes again");
        None
    })
}
