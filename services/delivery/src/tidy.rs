//! What is no longer needed is forgotten: keys of granted requests after 30 days, the pace of pairs that rest.

use std::time::Duration;

use sqlx::PgPool;
use tokio_util::sync::CancellationToken;
use tracing::warn;

use crate::store::sends;

const EVERY: Duration = Duration::from_secs(60 * 60);

/// Tidies up now and then, until `stop`.
pub async fn run(pool: PgPool, stop: CancellationToken) -> anyhow::Result<()> {
    loop {
        if let Err(error) = sends::forget(&pool).await {
            warn!(%error, "old rows not forgotten; the next hour tries again");
        }
        if stop.run_until_cancelled(tokio::time::sleep(EVERY)).await.is_none() {
            return Ok(());
        }
    }
}
