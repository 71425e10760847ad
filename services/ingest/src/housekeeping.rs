//! Forgetting what has been in quarantine for too long, and traffic and refusals of long ago.

use std::time::Duration;

use clock::SharedClock;
use runtime::Jobs;
use sqlx::PgPool;
use tokio_util::sync::CancellationToken;

use crate::store::{channels, quarantine, repairs};

const TICK: Duration = Duration::from_secs(600);
/// Rows in one statement, so that none holds locks for long.
const ROWS: i64 = 500;

/// Removes payloads last seen more than `kept` ago, now and then, until stopped.
pub async fn run(
    jobs: Jobs,
    pool: PgPool,
    clock: SharedClock,
    kept: Duration,
    stopping: CancellationToken,
) -> anyhow::Result<()> {
    jobs.keep("tidy_intake", "removes payloads that waited too long, and old traffic", TICK, stopping, || {
        let (pool, clock) = (pool.clone(), clock.clone());
        async move {
            let rows = forget(&pool, &clock, kept).await?;
            repairs::forget_traffic(&pool).await?;
            channels::forget_refused(&pool).await?;
            Ok::<_, sqlx::Error>(format!("{rows} payloads removed"))
        }
    })
    .await
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
