//! What a provider took and never spoke of again is noted: "sent" alone says little where a number is connected and delivers
//! nothing.

use std::time::Duration;

use metrics::counter;
use runtime::Jobs;
use sqlx::PgPool;
use tokio_util::sync::CancellationToken;
use tracing::warn;

use crate::store::messages;

const EVERY: Duration = Duration::from_secs(60);
const ABOUT: &str = "notes messages without a receipt";

/// Notes silence that lasts longer than `after`, once a minute, until `stop`.
pub async fn run(jobs: Jobs, pool: PgPool, after: Duration, stop: CancellationToken) -> anyhow::Result<()> {
    jobs.keep("silence", ABOUT, EVERY, stop, || note(pool.clone(), after)).await
}

async fn note(pool: PgPool, after: Duration) -> Result<String, sqlx::Error> {
    let messages = messages::note_silence(&pool, after).await?;
    if messages > 0 {
        warn!(messages, "accepted by the provider, and no receipt since");
        counter!("frontdesk_delivery_silent_total").increment(messages.unsigned_abs());
    }
    Ok(format!("{messages} messages noted"))
}
