//! `alerting.retry_policy`, and the letters whose policy is due.

use std::time::Duration;

use ids::DeadLetterId;
use sqlx::{PgConnection, PgPool};

use crate::domain::retry_policy::RetryPolicy;

/// All policies, by cause.
///
/// # Errors
/// Whatever the database says.
pub async fn list(pool: &PgPool) -> Result<Vec<RetryPolicy>, sqlx::Error> {
    let rows = sqlx::query!(
        "select cause, after_seconds, at_most, set_by, set_at from alerting.retry_policy order by cause"
    )
    .fetch_all(pool)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| RetryPolicy {
            cause: row.cause,
            after: Duration::from_secs(row.after_seconds.unsigned_abs()),
            at_most: row.at_most,
            set_by: row.set_by,
            set_at: row.set_at.to_jiff(),
        })
        .collect())
}

/// Makes or changes a policy; its time is the database's.
///
/// # Errors
/// Whatever the database says.
pub async fn put(
    connection: &mut PgConnection,
    cause: &str,
    after: Duration,
    at_most: i32,
    set_by: &str,
) -> Result<RetryPolicy, sqlx::Error> {
    let set_at = sqlx::query_scalar!(
        "insert into alerting.retry_policy (cause, after_seconds, at_most, set_by) values ($1, $2, $3, $4)
         on conflict (cause) do update
         set after_seconds = excluded.after_seconds, at_most = excluded.at_most, set_by = excluded.set_by,
             set_at = excluded.set_at
         returning set_at",
        cause,
        i64::try_from(after.as_secs()).unwrap_or(i64::MAX),
        at_most,
        set_by
    )
    .fetch_one(connection)
    .await?;
    let (cause, set_by, set_at) = (cause.to_owned(), set_by.to_owned(), set_at.to_jiff());
    Ok(RetryPolicy { cause, after, at_most, set_by, set_at })
}

/// Ends a policy. `false`: there was none.
///
/// # Errors
/// Whatever the database says.
pub async fn delete(connection: &mut PgConnection, cause: &str) -> Result<bool, sqlx::Error> {
    let done =
        sqlx::query!("delete from alerting.retry_policy where cause = $1", cause).execute(connection).await?;
    Ok(done.rows_affected() == 1)
}

/// Open letters whose policy's time has come, marked as being replayed and counted; the oldest death first. One whose replay
/// was begun and not finished comes again and is not counted again.
///
/// # Errors
/// Whatever the database says.
pub async fn begin_due(pool: &PgPool, most: i64) -> Result<Vec<DeadLetterId>, sqlx::Error> {
    let ids = sqlx::query_scalar!(
        "update alerting.dead_letter l
         set policy_retries = l.policy_retries + (not l.retrying)::int, retrying = true
         from (select d.id from alerting.dead_letter d join alerting.retry_policy p on p.cause = d.cause
               where d.state = 'open' and d.died_at + p.after_seconds * interval '1 second' <= clock_timestamp()
                 and (d.expires_at is null or d.expires_at > clock_timestamp())
                 and (d.retrying or d.policy_retries < p.at_most)
               order by d.died_at, d.id limit $1 for update of d skip locked) due
         where l.id = due.id
         returning l.id",
        most
    )
    .fetch_all(pool)
    .await?;
    Ok(ids.into_iter().map(DeadLetterId::from_uuid).collect())
}

#[cfg(test)]
mod tests {
    use testkit::Database;

    use super::*;

    /// Each replica sweeps by itself. What one has begun the other may finish, but neither may count it a second time.
    #[tokio::test(flavor = "multi_thread")]
    async fn two_replicas_count_a_replay_once() -> anyhow::Result<()> {
        let database = Database::fresh(&[(crate::SERVICE.schema)()]).await?;
        let (one, two) = (database.pool("alerting").await?, database.pool("alerting").await?);
        let owner = database.owner().await?;
        sqlx::raw_sql(
            "insert into alerting.retry_policy (cause, after_seconds, at_most, set_by) values ('UNREACHABLE', 1, 1, 'test');
             insert into alerting.dead_letter (id, owner_service, item_id, tenant_id, cause, cause_text, responsible, next_step,
                                               correlation_id, died_at, noticed_by)
             select uuidv7(), 'delivery', 'msg_' || n, '', 'UNREACHABLE', '', '', '', '', now() - interval '1 hour', 'sweep'
             from generate_series(1, 50) n",
        )
        .execute(&owner)
        .await?;
        let mut begun = std::collections::BTreeSet::new();
        for _ in 0..5 {
            let (ours, theirs) = tokio::join!(begin_due(&one, 20), begin_due(&two, 20));
            begun.extend(ours?.into_iter().chain(theirs?).map(|id| id.to_string()));
            // Those that were begun were replayed; their owner has buried them again.
            sqlx::query(
                "update alerting.dead_letter set retrying = false where retrying and item_id like '%0'",
            )
            .execute(&owner)
            .await?;
        }
        assert!(begun.len() >= 20);
        let counted: Vec<i32> =
            sqlx::query_scalar("select distinct policy_retries from alerting.dead_letter order by 1")
                .fetch_all(&owner)
                .await?;
        assert!(counted == [1] || counted == [0, 1], "{counted:?}");
        Ok(())
    }
}
