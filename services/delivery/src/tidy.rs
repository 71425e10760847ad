//! What is no longer needed is forgotten: keys of granted requests after 30 days, the pace of pairs that rest, and what was
//! kept for long enough.

use std::{sync::Arc, time::Duration};

use clock::{Clock, SystemClock};
use runtime::Jobs;
use sqlx::PgPool;
use tokio::sync::Mutex;
use tokio_util::sync::CancellationToken;

use crate::{
    prune::{self, Kept},
    store::{prune::Receipt, sends},
};

const EVERY: Duration = Duration::from_secs(60 * 60);
const ABOUT: &str =
    "forgets keys of old requests, paces of customers that rest, and what was kept for long enough";

/// Tidies up now and then, until `stop`.
pub async fn run(jobs: Jobs, pool: PgPool, kept: Kept, stop: CancellationToken) -> anyhow::Result<()> {
    let place = Arc::new(Mutex::new(None));
    jobs.keep("tidy", ABOUT, EVERY, stop, || tidy(pool.clone(), kept, place.clone())).await
}

/// `place` is where the receipts were left off; runs do not overlap.
async fn tidy(pool: PgPool, kept: Kept, place: Arc<Mutex<Option<Receipt>>>) -> Result<String, sqlx::Error> {
    sends::forget(&pool).await?;
    let rows = prune::run(&pool, kept, SystemClock.now(), &mut *place.lock().await).await?;
    Ok(format!("{rows} rows deleted"))
}
