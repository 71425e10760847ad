//! `alerting.dead_letter`.

use std::collections::HashSet;

use ids::DeadLetterId;
use jiff_sqlx::ToSqlx;
use sqlx::PgPool;

use crate::domain::dead_letter::{DeadLetter, NoticedBy, OwnerService, State};

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
}

/// Stores a dead letter unless its item has one. `false`: it had.
///
/// # Errors
/// Whatever the database says.
pub async fn insert(pool: &PgPool, letter: &DeadLetter) -> Result<bool, sqlx::Error> {
    let done = sqlx::query!(
        "insert into alerting.dead_letter (id, owner_service, item_id, tenant_id, cause, cause_text, responsible,
                                           next_step, correlation_id, died_at, noticed_by)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) on conflict (item_id) do nothing",
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
                died_at, noticed_by, resolution
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
    before: Option<DeadLetterId>,
    most: i64,
) -> Result<Vec<DeadLetter>, sqlx::Error> {
    let rows = sqlx::query_as!(
        Row,
        "select id, owner_service, item_id, tenant_id, cause, cause_text, responsible, next_step, correlation_id, state,
                died_at, noticed_by, resolution
         from alerting.dead_letter
         where state = $1 and ($2::text is null or tenant_id = $2) and ($3::uuid is null or id < $3)
         order by id desc limit $4",
        state,
        tenant_id,
        before.map(|id| id.uuid()),
        most
    )
    .fetch_all(pool)
    .await?;
    rows.into_iter().map(Row::into_letter).collect()
}

/// Closes an open dead letter. `false`: it was closed before.
///
/// # Errors
/// Whatever the database says.
pub async fn resolve(pool: &PgPool, id: DeadLetterId, state: &State) -> Result<bool, sqlx::Error> {
    let resolution = match state {
        State::Open => None,
        State::Replayed { as_item } => Some(as_item),
        State::Discarded { reason } => Some(reason),
    };
    let done = sqlx::query!(
        "update alerting.dead_letter set state = $2, resolution = $3, resolved_at = clock_timestamp()
         where id = $1 and state = 'open'",
        id.uuid(),
        state.name(),
        resolution
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
        })
    }
}
