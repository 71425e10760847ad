//! Nothing grows for ever: what was settled long ago, and what was said about channels and templates, is deleted.

use std::{future::Future, time::Duration};

use jiff::Timestamp;
use sqlx::PgPool;

use crate::store::prune::{self, ROWS, Receipt};

/// Keys and dedupe keys are good for 30 days: a message must be known for longer.
pub const LEAST: Duration = Duration::from_secs(35 * 24 * 60 * 60);
/// Windows of receipts looked at in one go; the next go continues behind them.
const WINDOWS: usize = 100;

/// How long what is kept.
#[derive(Clone, Copy, Debug)]
pub struct Kept {
    /// Messages with their calls and receipts, campaigns that ended, what operators did.
    pub messages: Duration,
    /// What happened to channels and templates.
    pub events: Duration,
}

/// Deletes what is older, in small batches until nothing is left. `place` is where the receipts were left off. Answers with how
/// many rows went, but for receipts.
///
/// # Errors
/// Whatever the database says; what went before stays gone.
pub async fn run(
    pool: &PgPool,
    kept: Kept,
    now: Timestamp,
    place: &mut Option<Receipt>,
) -> Result<u64, sqlx::Error> {
    let (Ok(messages), Ok(events)) = (now.checked_sub(kept.messages), now.checked_sub(kept.events)) else {
        return Ok(0);
    };
    let mut gone = all(|| prune::channel_events(pool, events)).await?;
    gone += all(|| prune::template_events(pool, events)).await?;
    gone += all(|| prune::channel_history(pool, events)).await?;
    gone += all(|| prune::queue_actions(pool, messages)).await?;
    gone += all(|| prune::campaigns(pool, messages)).await?;
    gone += all(|| prune::messages(pool, messages)).await?;
    for _ in 0..WINDOWS {
        *place = prune::strange_receipts(pool, place.take(), messages).await?;
        if place.is_none() {
            break;
        }
    }
    Ok(gone)
}

/// Batch by batch, until one is not full.
async fn all<F>(mut batch: impl FnMut() -> F) -> Result<u64, sqlx::Error>
where
    F: Future<Output = Result<u64, sqlx::Error>>,
{
    let mut gone = 0;
    loop {
        let rows = batch().await?;
        gone += rows;
        if rows < ROWS {
            return Ok(gone);
        }
    }
}
