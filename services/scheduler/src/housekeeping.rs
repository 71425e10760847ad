//! Chores that no customer waits for.

use std::time::Duration;

use runtime::{Jobs, Lifecycle};
use sqlx::PgPool;

use crate::metrics;
use crate::store::{self, effects, holds};

/// Metrics are read every 15 s or so; effects need not be counted more often than a few times in between.
const COUNT_EVERY: Duration = Duration::from_secs(5);
/// Expired holds take room and nothing else.
const SWEEP_EVERY: Duration = Duration::from_secs(60);

/// Counts effects and removes expired holds until the process stops.
pub fn spawn(jobs: &Jobs, pool: &PgPool, lifecycle: &Lifecycle) {
    let (counting, of_effects) = (jobs.clone(), pool.clone());
    let (sweeping, of_holds) = (jobs.clone(), pool.clone());
    let (stop, also_stop) = (lifecycle.stopping(), lifecycle.stopping());
    lifecycle.spawn("count_effects", async move {
        let about = "counts what bookings, moves and cancellations came to";
        counting.keep("count_effects", about, COUNT_EVERY, stop, || count_effects(of_effects.clone())).await
    });
    lifecycle.spawn("sweep_holds", async move {
        let about = "removes held times that expired";
        sweeping.keep("sweep_holds", about, SWEEP_EVERY, also_stop, || sweep_holds(of_holds.clone())).await
    });
}

async fn count_effects(pool: PgPool) -> Result<&'static str, store::Error> {
    let mut connection = pool.acquire().await?;
    for count in effects::take_uncounted(&mut connection).await? {
        metrics::effects(&count);
    }
    Ok("counted")
}

async fn sweep_holds(pool: PgPool) -> Result<String, store::Error> {
    let mut connection = pool.acquire().await?;
    Ok(format!("{} removed", holds::sweep(&mut connection).await?))
}
