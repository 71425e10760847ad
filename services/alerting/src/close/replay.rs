//! Appending an item again.

use metrics::counter;
use sqlx::PgPool;
use tracing::{info, warn};
use uuid::Uuid;

use super::CloseError;
use crate::{
    domain::{
        action::{Asker, Deed},
        dead_letter::{DeadLetter, State},
    },
    owners::{Owners, Replay},
    store::{dead_letters, retry_policies},
};

/// Replays by policies in one sweep. What is left comes 5 s later.
const AT_ONCE: i64 = 50;

/// What a replay did, or would do.
#[derive(Clone, Debug)]
pub struct Replayed {
    /// The letter as it stands now.
    pub letter: DeadLetter,
    /// In words.
    pub outcome: String,
    /// The new item; empty for a dry run.
    pub new_item: String,
}

/// Replays a letter, once: a letter that was replayed before answers with the same new item. The owner makes one new item
/// however often it is asked, so a lost answer is settled by asking again.
///
/// # Errors
/// [`CloseError`].
pub async fn replay(
    pool: &PgPool,
    owners: &Owners,
    letter: DeadLetter,
    how: Replay,
    asker: &Asker,
) -> Result<Replayed, CloseError> {
    match &letter.state {
        State::Open => {}
        State::Replayed { as_item } => {
            let (outcome, new_item) = (format!("it was replayed before, as {as_item}"), as_item.clone());
            return Ok(Replayed { letter, outcome, new_item });
        }
        State::Discarded { reason } => {
            return Err(CloseError::Closed { was: "discarded", resolution: reason.clone() });
        }
    }
    let done = owners.replay(letter.owner, &letter.item_id, how).await?;
    if how == Replay::Dry {
        return Ok(Replayed { letter, outcome: done.effect, new_item: String::new() });
    }
    let state = State::Replayed { as_item: done.new_item_id.clone() };
    if dead_letters::close(pool, letter.id, &state, Deed::Replay, asker).await? {
        counter!("frontdesk_alerting_dead_letters_closed_total", "deed" => "replay", "role" => asker.role.clone())
            .increment(1);
        info!(
            item = letter.item_id, new_item = done.new_item_id, owner = %letter.owner, role = asker.role,
            correlation_id = letter.correlation_id, "dead letter replayed"
        );
    }
    Ok(Replayed { letter: DeadLetter { state, ..letter }, outcome: done.effect, new_item: done.new_item_id })
}

/// Replays what policies say. Answers with how many.
///
/// # Errors
/// When the rows cannot be read. What an owner refuses stays open, and is asked again in the next sweep.
pub async fn replay_due(pool: &PgPool, owners: &Owners) -> anyhow::Result<usize> {
    let mut replayed = 0;
    for id in retry_policies::begin_due(pool, AT_ONCE).await? {
        let Some(letter) = dead_letters::get(pool, id).await? else { continue };
        let asker = Asker::policy(letter.correlation_id.parse().unwrap_or(Uuid::nil()));
        match replay(pool, owners, letter, Replay::KeepExpiry, &asker).await {
            Ok(_) => replayed += 1,
            Err(error) => {
                warn!(letter = %id, error = format!("{:#}", anyhow::Error::from(error)), "its policy cannot replay it");
            }
        }
    }
    Ok(replayed)
}
