//! Hands recipients of running campaigns to the lane bulk, a few at a time. Every instance does it; of those that come to one
//! campaign at a time one hands over, so nobody has to be chosen and nobody is missed when one dies.

use std::time::Duration;

use sqlx::PgPool;
use tokio_util::sync::CancellationToken;
use tracing::warn;

use crate::store::campaigns;

const EVERY: Duration = Duration::from_millis(500);

/// Feeds all running campaigns now and then, until `stop`.
pub async fn run(pool: PgPool, stop: CancellationToken) -> anyhow::Result<()> {
    loop {
        if let Err(error) = all(&pool).await {
            warn!(%error, "campaigns not fed; the next second tries again");
        }
        if stop.run_until_cancelled(tokio::time::sleep(EVERY)).await.is_none() {
            return Ok(());
        }
    }
}

async fn all(pool: &PgPool) -> Result<(), sqlx::Error> {
    for campaign in campaigns::running(pool).await? {
        campaigns::feed(pool, campaign).await?;
    }
    Ok(())
}
