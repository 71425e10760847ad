//! Depth, oldest age, unknowns and deaf channels, read every few seconds: throttled and retried messages count too.

use std::time::Duration;

use metrics::gauge;
use sqlx::PgPool;
use tokio_util::sync::CancellationToken;

use crate::store::messages;

const EVERY: Duration = Duration::from_secs(5);

/// Publishes the gauges until `stop`.
pub async fn publish(pool: PgPool, stop: CancellationToken) {
    let mut tick = tokio::time::interval(EVERY);
    tick.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            _ = tick.tick() => {}
            () = stop.cancelled() => return,
        }
        if let Ok(backlog) = messages::backlog(&pool).await {
            gauge!("frontdesk_delivery_depth").set(backlog.depth as f64);
            gauge!("frontdesk_delivery_later").set(backlog.later as f64);
            gauge!("frontdesk_delivery_oldest_seconds").set(backlog.oldest_seconds);
            gauge!("frontdesk_delivery_unknown").set(backlog.unknown as f64);
            gauge!("frontdesk_delivery_deaf").set(backlog.deaf as f64);
        }
    }
}
