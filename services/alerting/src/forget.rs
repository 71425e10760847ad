//! What is over is forgotten after a while: incidents, and the posts that told of them.

use std::time::Duration;

use clock::SharedClock;
use runtime::Jobs;
use sqlx::PgPool;
use tokio_util::sync::CancellationToken;

use crate::store::{incidents, posts};

const EVERY: Duration = Duration::from_secs(60 * 60);

/// Forgets, now and then, what was over longer than `kept` ago, until `stop`. Any number of processes may.
pub async fn run(
    jobs: Jobs,
    pool: PgPool,
    clock: SharedClock,
    kept: Duration,
    stop: CancellationToken,
) -> anyhow::Result<()> {
    jobs.keep("forget_incidents", "forgets incidents that were over long ago", EVERY, stop, || {
        forget(pool.clone(), clock.clone(), kept)
    })
    .await
}

async fn forget(pool: PgPool, clock: SharedClock, kept: Duration) -> Result<String, sqlx::Error> {
    let Ok(before) = clock.now().checked_sub(kept) else { return Ok("nothing is so old".to_owned()) };
    let incidents = incidents::forget(&pool, before).await?;
    let posts = posts::forget(&pool, before).await?;
    Ok(format!("{incidents} incidents and {posts} posts forgotten"))
}
