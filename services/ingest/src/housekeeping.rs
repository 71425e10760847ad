//! Forgetting what has been in quarantine for too long, and traffic of weeks ago.

use std::time::Duration;

use clock::SharedClock;
use sqlx::PgPool;
use tokio_util::sync::CancellationToken;

use crate::store::{quarantine, repairs};

const TICK: Duration = Duration::from_secs(600);
/// Rows in one statement, so that none holds locks for long.
const ROWS: i64 = 500;

/// Removes payloads last seen more than `kept` ago, now and then, until stopped.
pub async fn run(
    pool: PgPool,
    clock: SharedClock,
    kept: Duration,
    stopping: CancellationToken,
) -> anyhow::Result<()> {
    let mut tick = tokio::time::interval(TICK);
    while stopping.run_until_cancelled(tick.tick()).await.is_some() {
        match forget(&pool, &clock, kept).await {
            Ok(0) => {}
            Ok(rows) => tracing::info!(rows, "payloads that waited in quarantine too long were removed"),
            Err(error) => tracing::warn!(error = %error, "cannot tidy the quarantine; trying again later"),
        }
        if let Err(error) = repairs::forget_traffic(&pool).await {
            tracing::warn!(error = %error, "cannot forget old traffic; trying again later");
        }
    }
    Ok(())
}

async fn forget(pool: &PgPool, clock: &SharedClock, kept: Duration) -> Result<u64, sqlx::Error> {
    let Ok(before) = clock.now().checked_sub(kept) else { return Ok(0) };
    let mut removed = 0;
    loop {
        let rows = quarantine::forget(pool, before, ROWS).await?;
        removed += rows;
        if rows < ROWS.unsigned_abs() {
            return Ok(removed);
        }
    }
}
