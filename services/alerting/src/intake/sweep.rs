//! The sure way: every owner's list of dead items, looked through again and again.

use std::{collections::HashMap, time::Duration};

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
const PAGE: i32 = 200;

/// Looks for dead items without a dead letter until `stop`.
pub async fn sweep(pool: PgPool, owners: Owners, stop: CancellationToken) {
    let mut cursors: HashMap<OwnerService, String> = HashMap::new();
    let mut tick = tokio::time::interval(EVERY);
    tick.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            _ = tick.tick() => {}
            () = stop.cancelled() => return,
        }
        for owner in OwnerService::ALL {
            let cursor = cursors.entry(owner).or_default();
            if let Err(error) = look_through(&pool, &owners, owner, cursor).await {
                warn!(%owner, %error, "cannot read the owner's dead items; the next sweep tries again");
            }
        }
        if let Ok(open) = dead_letters::count_open(&pool).await {
            gauge!("frontdesk_alerting_dead_letters_open").set(open as f64);
        }
    }
}

/// Goes on from `cursor` to the end of the list. The cursor moves only past what is stored.
async fn look_through(pool: &PgPool, owners: &Owners, owner: OwnerService, cursor: &mut String) -> anyhow::Result<()> {
    loop {
        let page = owners.dead_items(owner, cursor, PAGE).await?;
        let Some(last) = page.items.last().map(|item| item.id.clone()) else { return Ok(()) };
        for item in page.items {
            notice(pool, owner, item, NoticedBy::Sweep).await?;
        }
        *cursor = if page.next_cursor.is_empty() { last } else { page.next_cursor };
    }
}
