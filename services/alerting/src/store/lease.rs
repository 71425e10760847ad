//! `alerting.lease`: which process looks, by the database's clock.

use std::time::Duration;

use ids::InstanceId;
use jiff::Timestamp;
use serde_json::Value;
use sqlx::{PgConnection, PgPool};

const NAME: &str = "incidents";

/// Takes the lease, or makes it longer. `false`: another process has it.
///
/// # Errors
/// Whatever the database says.
pub async fn take(pool: &PgPool, me: InstanceId, lasts: Duration) -> Result<bool, sqlx::Error> {
    let taken = sqlx::query_scalar!(
        r#"insert into alerting.lease as l (name, holder, until)
           values ($1, $2, clock_timestamp() + make_interval(secs => $3))
           on conflict (name) do update set holder = excluded.holder, until = excluded.until
           where l.holder = excluded.holder or l.until < clock_timestamp()
           returning true as "taken!""#,
        NAME,
        me.uuid(),
        lasts.as_secs_f64()
    )
    .fetch_optional(pool)
    .await?;
    Ok(taken.is_some())
}

/// Locks the lease for a transaction. `false`: another process has it by now, and nothing may be written. One that has run out and
/// that nobody took is still mine.
///
/// # Errors
/// Whatever the database says.
pub async fn fence(connection: &mut PgConnection, me: InstanceId) -> Result<bool, sqlx::Error> {
    let mine = sqlx::query_scalar!(
        r#"select holder = $2 as "mine!" from alerting.lease where name = $1 for update"#,
        NAME,
        me.uuid()
    )
    .fetch_optional(connection)
    .await?;
    Ok(mine.unwrap_or_default())
}

/// Notes that a look was written down, and what each owner answered.
///
/// # Errors
/// Whatever the database says.
pub async fn done(connection: &mut PgConnection, result: &Value) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update alerting.lease set done_at = clock_timestamp(), result = $2 where name = $1",
        NAME,
        result
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Gives it back, so that another need not wait.
///
/// # Errors
/// Whatever the database says; then it runs out by itself.
pub async fn give_back(pool: &PgPool, me: InstanceId) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update alerting.lease set until = clock_timestamp() where name = $1 and holder = $2",
        NAME,
        me.uuid()
    )
    .execute(pool)
    .await?;
    Ok(())
}

/// The lease for whoever asks whether anybody looks.
#[derive(Clone, Debug)]
pub struct Holder {
    /// Which process.
    pub holder: InstanceId,
    /// Its lease has not run out.
    pub is_live: bool,
    /// When its last look was written down.
    pub done_at: Option<Timestamp>,
    /// How long ago, in seconds, by the database's clock.
    pub done_ago: Option<f64>,
    /// What each owner answered.
    pub result: Value,
}

/// Who looks. `None`: nobody ever did.
///
/// # Errors
/// Whatever the database says.
pub async fn holder(pool: &PgPool) -> Result<Option<Holder>, sqlx::Error> {
    let row = sqlx::query!(
        r#"select holder, until > clock_timestamp() as "is_live!", done_at, coalesce(result, '{}') as "result!",
                  extract(epoch from clock_timestamp() - done_at)::float8 as done_ago
           from alerting.lease where name = $1"#,
        NAME
    )
    .fetch_optional(pool)
    .await?;
    Ok(row.map(|row| Holder {
        holder: InstanceId::from_uuid(row.holder),
        is_live: row.is_live,
        done_at: row.done_at.map(jiff_sqlx::Timestamp::to_jiff),
        done_ago: row.done_ago,
        result: row.result,
    }))
}
