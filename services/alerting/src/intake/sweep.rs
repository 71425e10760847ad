//! The sure way: every owner's list of dead items, looked through again and again.

use std::{collections::HashSet, time::Duration};

use metrics::gauge;
use sqlx::PgPool;
use tokio_util::sync::CancellationToken;
use tracing::{info, warn};

use super::notice::notice;
use crate::{
    close::replay_due,
    domain::dead_letter::{NoticedBy, OwnerService, State},
    owners::Owners,
    store::dead_letters,
};

const EVERY: Duration = Duration::from_secs(5);
const PAGE: i32 = 500;
/// Open letters looked at in one sweep, the newest, and calls of their owners for them.
const OPEN: i64 = 1000;
const AT_ONCE: usize = 20;

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
        // First: a replay that broke off half-way is finished by the policy that began it, and written down as its doing.
        match replay_due(&pool, &owners).await {
            Ok(0) => {}
            Ok(replayed) => info!(replayed, "dead letters were replayed by their policies"),
            Err(error) => {
                warn!(
                    error = format!("{error:#}"),
                    "retry policies were not looked at; the next sweep tries again"
                );
            }
        }
        for owner in OwnerService::ALL {
            let done = match look_through(&pool, &owners, owner).await {
                Ok(dead) => close_settled(&pool, &owners, owner, &dead).await,
                Err(error) => Err(error),
            };
            if let Err(error) = done {
                warn!(%owner, error = format!("{error:#}"), "cannot read the owner's dead items; the next sweep tries again");
            }
        }
        if let Ok(open) = dead_letters::count_open(&pool).await {
            gauge!("frontdesk_alerting_dead_letters_open").set(open as f64);
        }
    }
}

/// Stores what is new in an owner's list. Answers with everything in it.
///
/// # Errors
/// When the owner or the database does not answer.
pub async fn look_through(
    pool: &PgPool,
    owners: &Owners,
    owner: OwnerService,
) -> anyhow::Result<HashSet<String>> {
    let mut after = String::new();
    let mut dead = HashSet::new();
    loop {
        let page = owners.dead_items(owner, &after, PAGE).await?;
        let ids: Vec<String> = page.items.iter().map(|item| item.id.clone()).collect();
        let known = dead_letters::known(pool, &ids).await?;
        for item in page.items.into_iter().filter(|item| !known.contains(&item.id)) {
            notice(pool, owner, item, NoticedBy::Sweep).await?;
        }
        dead.extend(ids);
        if page.next_cursor.is_empty() {
            return Ok(dead);
        }
        after = page.next_cursor;
    }
}

/// Closes open letters whose item is no longer in its owner's list: resolved there by somebody, or alive again, as a message
/// that was reported lost and arrived after all.
async fn close_settled(
    pool: &PgPool,
    owners: &Owners,
    owner: OwnerService,
    dead: &HashSet<String>,
) -> anyhow::Result<()> {
    let open = dead_letters::list(pool, State::Open.name(), None, None, None, OPEN).await?;
    let gone = open.into_iter().filter(|letter| letter.owner == owner && !dead.contains(&letter.item_id));
    for letter in gone.take(AT_ONCE) {
        let state = match owners.find(owner, &letter.item_id).await? {
            None => State::Discarded { reason: "settled at its owner: it arrived after all".to_owned() },
            Some(found) if !found.replayed_as.is_empty() => State::Replayed { as_item: found.replayed_as },
            Some(found) if !found.discarded_because.is_empty() => {
                State::Discarded { reason: found.discarded_because }
            }
            // It died between the two looks.
            Some(_) => continue,
        };
        if dead_letters::resolve(pool, letter.id, &state).await? {
            info!(
                item = letter.item_id, %owner, correlation_id = letter.correlation_id, state = state.name(),
                "dead letter closed: its owner has settled it"
            );
        }
    }
    Ok(())
}
