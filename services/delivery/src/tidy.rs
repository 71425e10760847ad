//! What is no longer needed is forgotten: keys of granted requests after 30 days, the pace of pairs that rest, and what was
//! kept for long enough.

use std::time::Duration;

use clock::{Clock, SystemClock};
use sqlx::PgPool;
use tokio_util::sync::CancellationToken;
use tracing::{info, warn};

use crate::{
    prune::{self, Kept},
    store::sends,
};

const EVERY: Duration = Duration::from_secs(60 * 60);

/// Tidies up now and then, until `stop`.
pub async fn run(pool: PgPool, kept: Kept, stop: CancellationToken) -> anyhow::Result<()> {
    let mut place = None;
    loop {
        let tidied = async {
            sends::forget(&pool).await?;
            prune::run(&pool, kept, SystemClock.now(), &mut place).await
        };
        match stop.run_until_cancelled(tidied).await {
            None => return Ok(()),
            Some(Ok(0)) => {}
            Some(Ok(rows)) => info!(rows, "rows that were kept for long enough are deleted"),
            Some(Err(error)) => warn!(%error, "old rows not forgotten; the next hour tries again"),
        }
        if stop.run_until_cancelled(tokio::time::sleep(EVERY)).await.is_none() {
            return Ok(());
        }
    }
}
