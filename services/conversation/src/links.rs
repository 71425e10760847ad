//! Merges contacts that one event named together, once a second: away from the door, which has no time for it, and under
//! the leases of both conversations, so that no answer is given twice.

use std::time::Duration;

use bus::{Bus, streams};
use metrics::counter;
use sqlx::PgPool;
use tokio::time::MissedTickBehavior;
use tokio_util::sync::CancellationToken;

use crate::store::contacts::{self, Settled};

const EVERY: Duration = Duration::from_secs(1);

/// Settles what there is, until stopped. Any number of processes may.
pub async fn run(pool: PgPool, bus: Bus, stopping: CancellationToken) -> anyhow::Result<()> {
    let mut tick = tokio::time::interval(EVERY);
    tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
    while stopping.run_until_cancelled(tick.tick()).await.is_some() {
        if let Some(Err(error)) = stopping.run_until_cancelled(settle_all(&pool, &bus)).await {
            tracing::warn!(%error, "cannot merge contacts that belong together; trying again in a second");
        }
    }
    Ok(())
}

async fn settle_all(pool: &PgPool, bus: &Bus) -> Result<(), sqlx::Error> {
    while let Some(Settled { outcome, tenant, wake }) = contacts::settle_link(pool).await? {
        counter!("frontdesk_conversation_contact_links_total", "outcome" => outcome.clone()).increment(1);
        match outcome.as_str() {
            "doubtful" => tracing::warn!(
                tenant = %ids::TenantId::from_uuid(tenant),
                "one event named two contacts that each have a number or id of their own; \
                 see ContactService/ListContactLinks and merge or dismiss them"
            ),
            _ => {
                tracing::info!(tenant = %ids::TenantId::from_uuid(tenant), outcome, "contacts that belong together")
            }
        }
        for conversation in wake {
            bus.wake(streams::inbound_subject(tenant), conversation).await;
        }
    }
    Ok(())
}
