//! `alerting.action`: who did what.

use ids::{DeadLetterId, IncidentId};
use jiff::Timestamp;
use sqlx::{PgExecutor, PgPool};
use uuid::Uuid;

use crate::domain::action::{Asker, Deed};

/// One thing that was done.
#[derive(Clone, Debug)]
pub struct ActionRow {
    /// Its id; they sort by time.
    pub id: Uuid,
    /// When.
    pub at: Timestamp,
    /// [`Deed::name`].
    pub action: String,
    /// By which token.
    pub role: String,
    /// Who said to be asking.
    pub asked_by: String,
    /// On which letter; `None` for policies.
    pub dead_letter: Option<DeadLetterId>,
    /// Its cause.
    pub cause: String,
    /// What came of it, or why.
    pub detail: String,
    /// The call's.
    pub correlation_id: Uuid,
}

/// Writes an action on a policy down.
///
/// # Errors
/// Whatever the database says.
pub async fn note(
    connection: impl PgExecutor<'_>,
    deed: Deed,
    asker: &Asker,
    cause: &str,
    detail: &str,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into alerting.action (action, role, asked_by, cause, detail, correlation_id) values ($1, $2, $3, $4, $5, $6)",
        deed.name(),
        asker.role,
        asker.asked_by,
        cause,
        detail,
        asker.correlation_id
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Writes down what somebody did with an incident, or with alerting itself. `about`: its kind, or a receiver.
///
/// # Errors
/// Whatever the database says.
pub async fn note_incident(
    connection: impl PgExecutor<'_>,
    deed: Deed,
    asker: &Asker,
    incident: Option<IncidentId>,
    about: &str,
    detail: &str,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into alerting.action (action, role, asked_by, incident_id, cause, detail, correlation_id)
         values ($1, $2, $3, $4, $5, $6, $7)",
        deed.name(),
        asker.role,
        asker.asked_by,
        incident.map(|id| id.uuid()),
        about,
        detail,
        asker.correlation_id
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// What was done with an incident, in its order.
///
/// # Errors
/// Whatever the database says.
pub async fn of_incident(pool: &PgPool, id: IncidentId) -> Result<Vec<ActionRow>, sqlx::Error> {
    let rows = sqlx::query!(
        "select id, at, action, role, asked_by, cause, detail, correlation_id from alerting.action
         where incident_id = $1 order by id",
        id.uuid()
    )
    .fetch_all(pool)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| ActionRow {
            id: row.id,
            at: row.at.to_jiff(),
            action: row.action,
            role: row.role,
            asked_by: row.asked_by,
            dead_letter: None,
            cause: row.cause,
            detail: row.detail,
            correlation_id: row.correlation_id,
        })
        .collect())
}

/// Actions, newest first, older than `before`.
///
/// # Errors
/// Whatever the database says.
pub async fn list(
    pool: &PgPool,
    letter: Option<DeadLetterId>,
    before: Option<Uuid>,
    most: i64,
) -> Result<Vec<ActionRow>, sqlx::Error> {
    let rows = sqlx::query!(
        "select id, at, action, role, asked_by, dead_letter_id, cause, detail, correlation_id
         from alerting.action
         where action not in ('acknowledge', 'close', 'test_alert') and ($1::uuid is null or dead_letter_id = $1) and ($2::uuid is null or id < $2)
         order by id desc limit $3",
        letter.map(|id| id.uuid()),
        before,
        most
    )
    .fetch_all(&mut *postgres::browse(pool).await?)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| ActionRow {
            id: row.id,
            at: row.at.to_jiff(),
            action: row.action,
            role: row.role,
            asked_by: row.asked_by,
            dead_letter: row.dead_letter_id.map(DeadLetterId::from_uuid),
            cause: row.cause,
            detail: row.detail,
            correlation_id: row.correlation_id,
        })
        .collect())
}
