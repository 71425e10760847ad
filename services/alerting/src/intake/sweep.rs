//! The sure way: every owner's list of dead items, looked through again and again.

use std::time::Duration;

use metrics::gauge;
use sqlx::PgPool;
use tokio_util::sync::CancellationToken;
use tracing::warn;

use super::notice::notice;
use crate::{
    domain::dead_letter::{NoticedBy, OwnerService},
    owners::Owners,
    store::dead_letters,
};

const EVERY: Duration = Duration::from_secs(5);
const PAGE: i32 = 500;

/// Looks for dead items without a dead letter until `stop`. Each time from the beginning: transactions commit in another
/// order than their times say, so a remembered place could pass one by.
pub async fn sweep(pool: PgPool, owners: Owners, stop: CancellationToken) {
    let mut tick = tokio::time::interval(EVERY);
    tick.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            _ = tick.tick() => {}
            () = stop.cancelled() => return,
        }
        for owner in OwnerService::ALL {
            if let Err(error) = look_through(&pool, &owners, owner).await {
                warn!(%owner, error = format!("{error:#}"), "cannot read the owner's dead items; the next sweep tries again");
            }
        }
        if let Ok(open) = dead_letters::count_open(&pool).await {
            gauge!("frontdesk_alerting_dead_letters_open").set(open as f64);
        }
    }
}

/// Stores what is new in an owner's list.
///
/// # Errors
/// When the owner or the database does not answer.
pub async fn look_through(pool: &PgPool, owners: &Owners, owner: OwnerService) -> anyhow::Result<()> {
    let mut after = String::new();
    loop {
        let page = owners.dead_items(owner, &after, PAGE).await?;
        let ids: Vec<String> = page.items.iter().map(|item| item.id.clone()).collect();
        let known = dead_letters::known(pool, &ids).await?;
        for item in page.items.into_iter().filter(|item| !known.contains(&item.id)) {
            notice(pool, owner, item, NoticedBy::Sweep).await?;
        }
        if page.next_cursor.is_empty() {
            return Ok(());
        }
        after = page.next_cursor;
    }
}
