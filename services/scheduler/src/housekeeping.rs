//! Chores that no customer waits for.

use std::time::Duration;

use sqlx::PgPool;
use tokio_util::sync::CancellationToken;

use crate::metrics;
use crate::store::{self, effects, holds};

/// Metrics are read every 15 s or so; effects need not be counted more often than a few times in between.
const COUNT_EVERY: Duration = Duration::from_secs(5);
/// Expired holds take room and nothing else.
const SWEEP_EVERY: Duration = Duration::from_secs(60);

/// Counts effects and removes expired holds until `stopping`.
pub async fn run(pool: PgPool, stopping: CancellationToken) -> anyhow::Result<()> {
    let mut counting = tokio::time::interval(COUNT_EVERY);
    let mut sweeping = tokio::time::interval(SWEEP_EVERY);
    loop {
        let done = tokio::select! {
            () = stopping.cancelled() => return Ok(()),
            _ = counting.tick() => count_effects(&pool).await,
            _ = sweeping.tick() => sweep_holds(&pool).await,
        };
        if let Err(error) = done {
            tracing::warn!(%error, "a chore failed and will be tried again");
        }
    }
}

async fn count_effects(pool: &PgPool) -> Result<(), store::Error> {
    let mut connection = pool.acquire().await?;
    for count in effects::take_uncounted(&mut connection).await? {
        metrics::effects(&count);
    }
    Ok(())
}

async fn sweep_holds(pool: &PgPool) -> Result<(), store::Error> {
    let mut connection = pool.acquire().await?;
    let swept = holds::sweep(&mut connection).await?;
    tracing::debug!(swept, "expired holds removed");
    Ok(())
}
