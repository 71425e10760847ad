//! What operators say about a deaf channel.

use ids::ChannelId;
use sqlx::PgPool;
use tracing::info;

use crate::domain::hearing::Because;
use crate::store::hearing;
use crate::store::queue_actions::{self, Asker};

const ACTION: &str = "end_deafness";

/// Takes a deaf channel for one that hears, on somebody's word, which is kept; and has the time fetched once more. `false`: it was
/// not deaf.
///
/// # Errors
/// Whatever the database says.
pub async fn end(pool: &PgPool, channel: ChannelId, asker: &Asker) -> Result<bool, sqlx::Error> {
    let mut work = pool.begin().await?;
    let Some(deaf) = hearing::end(&mut work, channel).await? else { return Ok(false) };
    queue_actions::note(&mut work, ACTION, channel, 0, &[], asker).await?;
    // Looked through in vain, should the end not be written.
    if deaf.because != Because::Receipts {
        hearing::repair(pool, channel, deaf.since).await?;
    }
    work.commit().await?;
    info!(
        %channel, because = deaf.because.as_str(), since = %deaf.since, role = asker.role, correlation_id = %asker.correlation_id,
        "the channel is taken for one that hears, on an operator's word"
    );
    Ok(true)
}
