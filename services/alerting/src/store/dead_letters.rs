//! `alerting.dead_letter`.

use std::collections::HashSet;

use ids::DeadLetterId;
use jiff_sqlx::ToSqlx;
use sqlx::PgPool;

use crate::domain::{
    action::{Asker, Deed},
    dead_letter::{DeadLetter, NoticedBy, OwnerService, State},
};

/// A stored row that this version cannot make sense of.
#[derive(Debug, thiserror::Error)]
#[error("alerting.dead_letter {id} has {column} {value:?}, which this version does not know")]
struct Odd {
    id: DeadLetterId,
    column: &'static str,
    value: String,
}

#[derive(Debug)]
struct Row {
    id: uuid::Uuid,
    owner_service: String,
    item_id: String,
    tenant_id: String,
    cause: String,
    cause_text: String,
    responsible: String,
    next_step: String,
    correlation_id: String,
    state: String,
    died_at: jiff_sqlx::Timestamp,
    noticed_by: String,
    resolution: Option<String>,
    expires_at: Option<jiff_sqlx::Timestamp>,
    replay_of: Option<String>,
    policy_retries: i32,
}

/// Stores a dead letter unless its item has one. `false`: it had.
///
/// # Errors
/// Whatever the database says.
pub async fn insert(pool: &PgPool, letter: &DeadLetter) -> Result<bool, sqlx::Error> {
    let done = sqlx::query!(
        "insert into alerting.dead_letter (id, owner_service, item_id, tenant_id, cause, cause_text, responsible,
                                           next_step, correlation_id, died_at, noticed_by, expires_at, replay_of,
                                           policy_retries)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13,
                 -- A policy marks the letter before its item is replayed, so the count is there.
                 coalesce((select p.policy_retries from alerting.dead_letter p where p.item_id = $13), 0))
         on conflict (item_id) do nothing",
        letter.id.uuid(),
        letter.owner.name(),
        letter.item_id,
        letter.tenant_id,
        letter.cause,
        letter.cause_text,
        letter.responsible,
        letter.next_step,
        letter.correlation_id,
        letter.died_at.to_sqlx() as _,
        letter.noticed_by.name(),
        letter.expires_at.map(|at| at.to_sqlx()) as _,
        letter.replay_of,
    )
    .execute(pool)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Those of the given items that have a dead letter.
///
/// # Errors
/// Whatever the database says.
pub async fn known(pool: &PgPool, item_ids: &[String]) -> Result<HashSet<String>, sqlx::Error> {
    let rows =
        sqlx::query_scalar!("select item_id from alerting.dead_letter where item_id = any ($1)", item_ids)
            .fetch_all(pool)
            .await?;
    Ok(rows.into_iter().collect())
}

/// One dead letter.
///
/// # Errors
/// Whatever the database says.
pub async fn get(pool: &PgPool, id: DeadLetterId) -> Result<Option<DeadLetter>, sqlx::Error> {
    let row = sqlx::query_as!(
        Row,
        "select id, owner_service, item_id, tenant_id, cause, cause_text, responsible, next_step, correlation_id, state,
                died_at, noticed_by, resolution, expires_at, replay_of, policy_retries
         from alerting.dead_letter where id = $1",
        id.uuid()
    )
    .fetch_optional(pool)
    .await?;
    row.map(Row::into_letter).transpose()
}

/// Dead letters in a state, newest first, older than `before`.
///
/// # Errors
/// Whatever the database says.
pub async fn list(
    pool: &PgPool,
    state: &str,
    tenant_id: Option<&str>,
    cause: Option<&str>,
    before: Option<DeadLetterId>,
    most: i64,
) -> Result<Vec<DeadLetter>, sqlx::Error> {
    let rows = sqlx::query_as!(
        Row,
        "select id, owner_service, item_id, tenant_id, cause, cause_text, responsible, next_step, correlation_id, state,
                died_at, noticed_by, resolution, expires_at, replay_of, policy_retries
         from alerting.dead_letter
         where state = $1 and ($2::text is null or tenant_id = $2) and ($3::uuid is null or id < $3)
           and ($5::text is null or cause = $5)
         order by id desc limit $4",
        state,
        tenant_id,
        before.map(|id| id.uuid()),
        most,
        cause
    )
    .fetch_all(&mut *postgres::browse(pool).await?)
    .await?;
    rows.into_iter().map(Row::into_letter).collect()
}

/// Open letters of a cause, the oldest death first, and how many there are in all.
///
/// # Errors
/// Whatever the database says.
pub async fn open_of_cause(
    pool: &PgPool,
    cause: &str,
    tenant_id: Option<&str>,
    most: i64,
) -> Result<(Vec<DeadLetter>, i64), sqlx::Error> {
    let mut reading = postgres::browse(pool).await?;
    let rows = sqlx::query_as!(
        Row,
        "select id, owner_service, item_id, tenant_id, cause, cause_text, responsible, next_step, correlation_id, state,
                died_at, noticed_by, resolution, expires_at, replay_of, policy_retries
         from alerting.dead_letter
         where state = 'open' and cause = $1 and ($2::text is null or tenant_id = $2)
         order by died_at, id limit $3",
        cause,
        tenant_id,
        most
    )
    .fetch_all(&mut *reading)
    .await?;
    let all = sqlx::query_scalar!(
        r#"select count(*) as "n!" from alerting.dead_letter
           where state = 'open' and cause = $1 and ($2::text is null or tenant_id = $2)"#,
        cause,
        tenant_id
    )
    .fetch_one(&mut *reading)
    .await?;
    let letters = rows.into_iter().map(Row::into_letter).collect::<Result<_, _>>()?;
    Ok((letters, all))
}

/// Closes an open dead letter that its owner has settled by itself. `false`: it was closed before.
///
/// # Errors
/// Whatever the database says.
pub async fn resolve(pool: &PgPool, id: DeadLetterId, state: &State) -> Result<bool, sqlx::Error> {
    let done = sqlx::query!(
        "update alerting.dead_letter set state = $2, resolution = $3, resolved_at = clock_timestamp()
         where id = $1 and state = 'open'",
        id.uuid(),
        state.name(),
        state.resolution()
    )
    .execute(pool)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Closes an open dead letter and writes down who did it. `false`: it was closed before.
///
/// # Errors
/// Whatever the database says.
pub async fn close(
    pool: &PgPool,
    id: DeadLetterId,
    state: &State,
    deed: Deed,
    asker: &Asker,
) -> Result<bool, sqlx::Error> {
    let done = sqlx::query!(
        "with closed as (
             update alerting.dead_letter set state = $2, resolution = $3, resolved_at = clock_timestamp()
             where id = $1 and state = 'open' returning id, cause)
         insert into alerting.action (action, role, asked_by, dead_letter_id, cause, detail, correlation_id)
         select $4, $5, $6, c.id, c.cause, $3, $7 from closed c",
        id.uuid(),
        state.name(),
        state.resolution().unwrap_or_default(),
        deed.name(),
        asker.role,
        asker.asked_by,
        asker.correlation_id
    )
    .execute(pool)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// How many are open.
///
/// # Errors
/// Whatever the database says.
pub async fn count_open(pool: &PgPool) -> Result<i64, sqlx::Error> {
    sqlx::query_scalar!(r#"select count(*) as "n!" from alerting.dead_letter where state = 'open'"#)
        .fetch_one(pool)
        .await
}

/// How many are open, and since when, for the watch.
///
/// # Errors
/// Whatever the database says.
pub async fn standing(pool: &PgPool) -> Result<(i64, Option<jiff::Timestamp>), sqlx::Error> {
    let row = sqlx::query!(
        r#"select count(*) as "count!", min(died_at) as oldest from alerting.dead_letter where state = 'open'"#
    )
    .fetch_one(pool)
    .await?;
    Ok((row.count, row.oldest.map(jiff_sqlx::Timestamp::to_jiff)))
}

impl Row {
    fn into_letter(self) -> Result<DeadLetter, sqlx::Error> {
        let id = DeadLetterId::from_uuid(self.id);
        let odd =
            |column, value: &str| sqlx::Error::Decode(Box::new(Odd { id, column, value: value.to_owned() }));
        let owner = OwnerService::ALL
            .into_iter()
            .find(|owner| owner.name() == self.owner_service)
            .ok_or_else(|| odd("owner_service", &self.owner_service))?;
        let state = match (self.state.as_str(), self.resolution) {
            ("open", _) => State::Open,
            ("replayed", as_item) => State::Replayed { as_item: as_item.unwrap_or_default() },
            ("discarded", reason) => State::Discarded { reason: reason.unwrap_or_default() },
            (other, _) => return Err(odd("state", other)),
        };
        let noticed_by = match self.noticed_by.as_str() {
            "advisory" => NoticedBy::Advisory,
            "sweep" => NoticedBy::Sweep,
            other => return Err(odd("noticed_by", other)),
        };
        Ok(DeadLetter {
            id,
            owner,
            item_id: self.item_id,
            tenant_id: self.tenant_id,
            cause: self.cause,
            cause_text: self.cause_text,
            responsible: self.responsible,
            next_step: self.next_step,
            correlation_id: self.correlation_id,
            state,
            died_at: self.died_at.to_jiff(),
            noticed_by,
            expires_at: self.expires_at.map(jiff_sqlx::Timestamp::to_jiff),
            replay_of: self.replay_of,
            policy_retries: self.policy_retries,
        })
    }
}
