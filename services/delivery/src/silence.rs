//! What a provider took and never spoke of again is noted: "sent" alone says little where a number is connected and delivers
//! nothing.

use std::time::Duration;

use metrics::counter;
use sqlx::PgPool;
use tokio_util::sync::CancellationToken;
use tracing::warn;

use crate::store::messages;

const EVERY: Duration = Duration::from_secs(60);

/// Notes silence that lasts longer than `after`, once a minute, until `stop`.
pub async fn run(pool: PgPool, after: Duration, stop: CancellationToken) -> anyhow::Result<()> {
    while stop.run_until_cancelled(tokio::time::sleep(EVERY)).await.is_some() {
        match messages::note_silence(&pool, after).await {
            Ok(0) => {}
            Ok(messages) => {
                warn!(messages, "accepted by the provider, and no receipt since");
                counter!("frontdesk_delivery_silent_total").increment(messages.unsigned_abs());
            }
            Err(error) => warn!(%error, "silence not noted; the next minute tries again"),
        }
    }
    Ok(())
}
