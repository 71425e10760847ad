//! Saying that nothing more is to be done.

use metrics::counter;
use sqlx::PgPool;

use super::CloseError;
use crate::{
    domain::{
        action::{Asker, Deed},
        dead_letter::{DeadLetter, State},
    },
    owners::Owners,
    store::dead_letters,
};

/// Discards an open letter.
///
/// # Errors
/// [`CloseError`].
pub async fn discard(
    pool: &PgPool,
    owners: &Owners,
    letter: DeadLetter,
    reason: &str,
    asker: &Asker,
) -> Result<DeadLetter, CloseError> {
    if let Some(resolution) = letter.state.resolution() {
        return Err(CloseError::Closed { was: letter.state.name(), resolution: resolution.to_owned() });
    }
    owners.discard(letter.owner, &letter.item_id, reason).await?;
    let state = State::Discarded { reason: reason.to_owned() };
    if dead_letters::close(pool, letter.id, &state, Deed::Discard, asker).await? {
        counter!("frontdesk_alerting_dead_letters_closed_total", "deed" => "discard", "role" => asker.role.clone())
            .increment(1);
    }
    Ok(DeadLetter { state, ..letter })
}
