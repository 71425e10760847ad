//! What came in before (`conversation.seen`).

use std::time::Duration;

use sqlx::{PgPool, postgres::types::PgInterval};

/// Forgets at most `most` messages that came in longer than `kept` ago, the oldest first. Answers with how many. What
/// another process is busy with is passed over.
///
/// # Errors
/// Whatever the database says.
pub async fn forget(pool: &PgPool, kept: Duration, most: i64) -> Result<u64, sqlx::Error> {
    let kept =
        PgInterval { months: 0, days: 0, microseconds: i64::try_from(kept.as_micros()).unwrap_or(i64::MAX) };
    let done = sqlx::query!(
        "with old as (
             select s.channel_id, s.kind, s.provider_id from conversation.seen s
             where s.seen_at < now() - $1::interval order by s.seen_at limit $2 for update skip locked
         )
         delete from conversation.seen s using old o
         where s.channel_id = o.channel_id and s.kind = o.kind and s.provider_id = o.provider_id",
        kept,
        most
    )
    .execute(pool)
    .await?;
    Ok(done.rows_affected())
}
