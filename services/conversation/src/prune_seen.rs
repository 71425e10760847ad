//! Forgets which messages came in, long after any provider would send one again. Without it that table would grow for ever.

use std::time::Duration;

use runtime::Jobs;
use sqlx::PgPool;
use tokio_util::sync::CancellationToken;

use crate::store::seen;

/// Less would let a message in twice: Meta repeats for seven days.
pub const LEAST: Duration = Duration::from_secs(8 * 24 * 60 * 60);
const EVERY: Duration = Duration::from_secs(600);
/// Rows in one statement, so that none holds locks or its connection for long.
const ROWS: i64 = 1000;

/// Forgets, now and then, what came in longer than `kept` ago, until stopped. Any number of processes may.
pub async fn run(
    jobs: Jobs,
    pool: PgPool,
    kept: Duration,
    stopping: CancellationToken,
) -> anyhow::Result<()> {
    jobs.keep("prune_seen", "forgets which messages came in long ago", EVERY, stopping, || {
        let pool = pool.clone();
        async move { forget(&pool, kept).await.map(|rows| format!("{rows} forgotten")) }
    })
    .await
}

/// Forgets all of it, batch by batch. Answers with how many.
///
/// # Errors
/// Whatever the database says; what was forgotten stays so.
pub async fn forget(pool: &PgPool, kept: Duration) -> Result<u64, sqlx::Error> {
    let mut forgotten = 0;
    loop {
        let rows = seen::forget(pool, kept, ROWS).await?;
        forgotten += rows;
        if rows < ROWS.unsigned_abs() {
            return Ok(forgotten);
        }
    }
}
