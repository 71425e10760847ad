//! Deletes files that were kept as long as they may be.

use std::time::Duration;

use sqlx::PgPool;
use tokio::time::MissedTickBehavior;
use tokio_util::sync::CancellationToken;

use super::objects::{Key, Objects};
use crate::store::media;

const EVERY: Duration = Duration::from_secs(600);
const AT_ONCE: i64 = 100;

/// Deletes, now and then, until stopped. Any number of processes may.
pub async fn keep(pool: PgPool, objects: Objects, stopping: CancellationToken) -> anyhow::Result<()> {
    let mut tick = tokio::time::interval(EVERY);
    tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
    while stopping.run_until_cancelled(tick.tick()).await.is_some() {
        match stopping.run_until_cancelled(forget(&pool, &objects)).await {
            None | Some(Ok(0)) => {}
            Some(Ok(files)) => tracing::info!(files, "files whose time was over were deleted"),
            Some(Err(error)) => {
                tracing::warn!(%error, "cannot delete files whose time is over; trying again later")
            }
        }
    }
    Ok(())
}

/// Deletes all of them: the object first, so that no row says "deleted" of something that is there. Answers with how many.
///
/// # Errors
/// Whatever the database or the store says; what was deleted stays so.
pub async fn forget(pool: &PgPool, objects: &Objects) -> anyhow::Result<usize> {
    let mut deleted = 0;
    loop {
        let over = media::over(pool, AT_ONCE).await?;
        if over.is_empty() {
            return Ok(deleted);
        }
        for (tenant, item) in over {
            objects.delete(Key { tenant, item }).await?;
            media::expired(pool, item).await?;
            deleted += 1;
        }
    }
}
