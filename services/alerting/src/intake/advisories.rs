//! The quick way: JetStream's advisories, captured in `FD_ADV`. They are at most once; the sweep covers the lost ones.

use std::time::Duration;

use bus::{Bus, ConsumerSpec, Wake};
use metrics::counter;
use sqlx::PgPool;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;
use tracing::warn;
use uuid::Uuid;

use super::notice::notice;
use crate::{
    domain::{
        advisory::Advisory,
        dead_letter::{NoticedBy, OwnerService},
    },
    owners::{Owners, OwnersError},
};

const RETRY: Duration = Duration::from_secs(5);

/// Follows the advisories until `stop`.
pub async fn follow(bus: Bus, pool: PgPool, owners: Owners, stop: CancellationToken) {
    let spec = ConsumerSpec {
        stream: bus::streams::FD_ADV,
        durable: "alerting".into(),
        filter: "$JS.EVENT.ADVISORY.CONSUMER.>".into(),
        max_deliver: -1,
        max_ack_pending: 256,
        batch: 64,
        from_new: false,
    };
    let (into, mut advisories) = mpsc::channel(64);
    let consumer = tokio::spawn(bus::consume(bus.clone(), spec, into, stop.clone()));
    while let Some(wake) = advisories.recv().await {
        match handle(&bus, &pool, &owners, &wake).await {
            Ok(()) => wake.ack().await,
            Err(error) => {
                warn!(%error, "advisory could not be handled; it comes again");
                wake.nak(RETRY).await;
            }
        }
    }
    if consumer.await.is_err() {
        warn!("the advisory consumer broke off");
    }
}

/// Why an advisory has to come again.
#[derive(Debug, thiserror::Error)]
enum HandleError {
    #[error(transparent)]
    Owner(#[from] OwnersError),
    #[error("cannot store the dead letter")]
    Store(#[from] sqlx::Error),
}

async fn handle(bus: &Bus, pool: &PgPool, owners: &Owners, wake: &Wake) -> Result<(), HandleError> {
    match Advisory::parse(wake.payload()) {
        Advisory::GivenUp { item_id, owner } => {
            // None: replayed or discarded meanwhile, or a reason somebody made up. The row decides.
            if let Some(item) = owners.dead_item(owner, &item_id).await? {
                notice(pool, owner, item, NoticedBy::Advisory).await?;
            }
        }
        Advisory::LookAgain { stream, sequence } => {
            counter!("frontdesk_alerting_deliveries_used_up_total").increment(1);
            if let Some((owner, key)) = key_of(bus, &stream, sequence).await {
                owners.wake_key(owner, key).await?;
            }
        }
        Advisory::Foreign => {}
    }
    Ok(())
}

/// Which key the wake-up named, if it can still be read. If not, the owner's sweeper finds the key by its row.
async fn key_of(bus: &Bus, stream: &str, sequence: u64) -> Option<(OwnerService, Uuid)> {
    let subject_and_payload = bus.stored(stream, sequence).await?;
    let owner =
        if stream == bus::streams::FD_IN { OwnerService::Conversation } else { OwnerService::Delivery };
    match owner {
        OwnerService::Conversation => Some((owner, Uuid::from_slice(&subject_and_payload.1).ok()?)),
        // Delivery's key is the channel, which the subject names.
        OwnerService::Delivery => Some((owner, subject_and_payload.0.rsplit('.').next()?.parse().ok()?)),
    }
}
