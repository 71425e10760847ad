//! `alerting.incident`, and what is to be told of it.

use std::{collections::BTreeMap, time::Duration};

use ids::IncidentId;
use jiff::Timestamp;
use jiff_sqlx::ToSqlx;
use sqlx::{PgConnection, PgPool};
use uuid::Uuid;

use crate::domain::{
    incident::{Change, Course, Severity, State},
    record::{Incident, Known},
    trouble::{Key, Said},
};

#[derive(Debug)]
struct Row {
    id: Uuid,
    service: String,
    kind: String,
    subject: String,
    name: String,
    tenant_id: String,
    severity: String,
    cause: String,
    responsible: String,
    next_step: String,
    look: String,
    count: i64,
    details: serde_json::Value,
    state: String,
    since: jiff_sqlx::Timestamp,
    first_seen_at: jiff_sqlx::Timestamp,
    last_seen_at: jiff_sqlx::Timestamp,
    opened_at: Option<jiff_sqlx::Timestamp>,
    missing_since: Option<jiff_sqlx::Timestamp>,
    ended_at: Option<jiff_sqlx::Timestamp>,
    reopened: i32,
    told_severity: Option<String>,
    told_count: i64,
    told_at: Option<jiff_sqlx::Timestamp>,
    told: i32,
    acknowledged_at: Option<jiff_sqlx::Timestamp>,
    acknowledged_by: Option<String>,
    note: Option<String>,
}

/// The newest incident of everything that is not over, or was over less than `within` before `now`. Locked.
///
/// # Errors
/// Whatever the database says.
pub async fn current(
    connection: &mut PgConnection,
    within: Duration,
    now: Timestamp,
) -> Result<BTreeMap<Key, Incident>, sqlx::Error> {
    let since = now.checked_sub(within).unwrap_or(Timestamp::MIN);
    let rows = sqlx::query_as!(
        Row,
        "select id, service, kind, subject, name, tenant_id, severity, cause, responsible, next_step, look, count, details,
                state, since, first_seen_at, last_seen_at, opened_at, missing_since, ended_at, reopened, told_severity,
                told_count, told_at, told, acknowledged_at, acknowledged_by, note
         from alerting.incident where ended_at is null or ended_at >= $1
         order by ended_at nulls last, id for update",
        since.to_sqlx() as _
    )
    .fetch_all(connection)
    .await?;
    // Of several the later one stays: the one that is not over, or else the one that was over last.
    Ok(rows.into_iter().map(Incident::from).map(|incident| (incident.key.clone(), incident)).collect())
}

/// Incidents by their ids.
///
/// # Errors
/// Whatever the database says.
pub async fn by_id(
    connection: &mut PgConnection,
    ids: &[Uuid],
) -> Result<BTreeMap<IncidentId, Incident>, sqlx::Error> {
    let rows = sqlx::query_as!(
        Row,
        "select id, service, kind, subject, name, tenant_id, severity, cause, responsible, next_step, look, count, details,
                state, since, first_seen_at, last_seen_at, opened_at, missing_since, ended_at, reopened, told_severity,
                told_count, told_at, told, acknowledged_at, acknowledged_by, note
         from alerting.incident where id = any ($1)",
        ids
    )
    .fetch_all(connection)
    .await?;
    Ok(rows.into_iter().map(Incident::from).map(|incident| (incident.id, incident)).collect())
}

/// Writes an incident as it is now. What a person noted is left alone, but for an acknowledgement that counts no more.
///
/// # Errors
/// Whatever the database says.
pub async fn put(connection: &mut PgConnection, incident: &Incident) -> Result<(), sqlx::Error> {
    let Incident { id, key, said, course, last_seen, told, .. } = incident;
    let ended_at = match course.state {
        State::Recovered { at } => Some(at.to_sqlx()),
        _ => None,
    };
    let details = serde_json::to_value(&said.details).map_err(|error| sqlx::Error::Encode(error.into()))?;
    sqlx::query!(
        "insert into alerting.incident as i (id, service, kind, subject, name, tenant_id, severity, cause, responsible,
                next_step, look, count, details, state, since, first_seen_at, last_seen_at, opened_at, missing_since, ended_at,
                reopened, told_severity, told_count, told_at, told)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24,
                 $25)
         on conflict (id) do update
         set name = excluded.name, tenant_id = excluded.tenant_id, severity = excluded.severity, cause = excluded.cause,
             responsible = excluded.responsible, next_step = excluded.next_step, look = excluded.look, count = excluded.count,
             details = excluded.details, state = excluded.state, since = excluded.since,
             first_seen_at = excluded.first_seen_at, last_seen_at = excluded.last_seen_at, opened_at = excluded.opened_at,
             missing_since = excluded.missing_since, ended_at = excluded.ended_at, reopened = excluded.reopened,
             told_severity = excluded.told_severity, told_count = excluded.told_count, told_at = excluded.told_at,
             told = excluded.told, acknowledged_at = case when $26 then i.acknowledged_at end",
        id.uuid(),
        key.service,
        key.kind,
        key.subject,
        said.name,
        said.tenant_id,
        said.severity.name(),
        said.cause,
        said.responsible,
        said.next_step,
        said.look,
        said.count,
        details,
        course.state.name(),
        course.since.to_sqlx() as _,
        course.first_seen.to_sqlx() as _,
        last_seen.to_sqlx() as _,
        course.opened_at.map(|at| at.to_sqlx()) as _,
        course.missing_since.map(|at| at.to_sqlx()) as _,
        ended_at as _,
        i32::try_from(course.reopened).unwrap_or(i32::MAX),
        course.told.map(|(severity, _)| severity.name()),
        course.told.map_or(0, |(_, count)| count),
        course.told_at.map(|at| at.to_sqlx()) as _,
        *told,
        course.acknowledged
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Forgets one that nobody was told of.
///
/// # Errors
/// Whatever the database says.
pub async fn drop_pending(connection: &mut PgConnection, id: IncidentId) -> Result<(), sqlx::Error> {
    sqlx::query!("delete from alerting.incident where id = $1 and state = 'pending'", id.uuid())
        .execute(connection)
        .await?;
    Ok(())
}

/// Notes that a change is to be told; it is the incident's `told`-th.
///
/// # Errors
/// Whatever the database says.
pub async fn note_change(
    connection: &mut PgConnection,
    incident: &Incident,
    change: Change,
    now: Timestamp,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into alerting.notification (incident_id, n, change, severity, count, at) values ($1, $2, $3, $4, $5, $6)",
        incident.id.uuid(),
        incident.told,
        change.name(),
        incident.said.severity.name(),
        incident.said.count,
        now.to_sqlx() as _
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Which incidents to list.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// Only those standing so; `None`: everything somebody was told of.
    pub state: Option<&'static str>,
    /// Only of this kind.
    pub kind: Option<String>,
    /// Only of this tenant.
    pub tenant_id: Option<String>,
    /// Only this one.
    pub id: Option<IncidentId>,
    /// Only those that began before this one.
    pub before: Option<IncidentId>,
}

/// Incidents, the newest first.
///
/// # Errors
/// Whatever the database says.
pub async fn list(pool: &PgPool, filter: &Filter, most: i64) -> Result<Vec<Incident>, sqlx::Error> {
    let rows = sqlx::query_as!(
        Row,
        "select id, service, kind, subject, name, tenant_id, severity, cause, responsible, next_step, look, count, details,
                state, since, first_seen_at, last_seen_at, opened_at, missing_since, ended_at, reopened, told_severity,
                told_count, told_at, told, acknowledged_at, acknowledged_by, note
         from alerting.incident
         where case when $1::text is not null then state = $1 else $4::uuid is not null or state <> 'pending' end
           and ($2::text is null or kind = $2) and ($3::text is null or tenant_id = $3)
           and ($4::uuid is null or id = $4) and ($5::uuid is null or id < $5)
         order by id desc limit $6",
        filter.state,
        filter.kind,
        filter.tenant_id,
        filter.id.map(|id| id.uuid()),
        filter.before.map(|id| id.uuid()),
        most
    )
    .fetch_all(&mut *postgres::browse(pool).await?)
    .await?;
    Ok(rows.into_iter().map(Incident::from).collect())
}

/// Locks one that is not over. `None`: there is none, or it is over; with its state.
///
/// # Errors
/// Whatever the database says.
pub async fn lock(
    connection: &mut PgConnection,
    id: IncidentId,
) -> Result<Option<(String, String)>, sqlx::Error> {
    let row = sqlx::query!("select state, kind from alerting.incident where id = $1 for update", id.uuid())
        .fetch_optional(connection)
        .await?;
    Ok(row.map(|row| (row.state, row.kind)))
}

/// Notes that somebody knows; `close`: and wants to hear no more.
///
/// # Errors
/// Whatever the database says.
pub async fn note_known(
    connection: &mut PgConnection,
    id: IncidentId,
    known: &Known,
    close: bool,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update alerting.incident
         set acknowledged_at = $2, acknowledged_by = $3, note = $4, state = case when $5 then 'closed' else state end,
             -- Whoever closes it knows how bad it is: what is worse than that is told.
             told_severity = case when $5 then coalesce(told_severity, severity) else told_severity end
         where id = $1",
        id.uuid(),
        known.at.to_sqlx() as _,
        known.by,
        known.note,
        close
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// How many stand how, by state and severity.
///
/// # Errors
/// Whatever the database says.
pub async fn counts(pool: &PgPool) -> Result<Vec<(String, String, i64)>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"select state, severity, count(*) as "count!" from alerting.incident where ended_at is null group by 1, 2"#
    )
    .fetch_all(pool)
    .await?;
    Ok(rows.into_iter().map(|row| (row.state, row.severity, row.count)).collect())
}

/// Removes what was over before `before`, with what was told of it.
///
/// # Errors
/// Whatever the database says.
pub async fn forget(pool: &PgPool, before: Timestamp) -> Result<u64, sqlx::Error> {
    let done = sqlx::query!("delete from alerting.incident where ended_at < $1", before.to_sqlx() as _)
        .execute(pool)
        .await?;
    Ok(done.rows_affected())
}

impl From<Row> for Incident {
    fn from(row: Row) -> Self {
        let at = jiff_sqlx::Timestamp::to_jiff;
        let state = match (row.state.as_str(), row.ended_at) {
            (_, Some(ended)) => State::Recovered { at: ended.to_jiff() },
            ("pending", _) => State::Pending,
            ("closed", _) => State::Closed,
            _ => State::Open,
        };
        let known = row.acknowledged_by.zip(row.acknowledged_at).map(|(by, at)| Known {
            by,
            at: at.to_jiff(),
            note: row.note.clone().unwrap_or_default(),
        });
        Self {
            id: IncidentId::from_uuid(row.id),
            key: Key { service: row.service, kind: row.kind, subject: row.subject },
            said: Said {
                name: row.name,
                tenant_id: row.tenant_id,
                severity: Severity::of_name(&row.severity),
                cause: row.cause,
                responsible: row.responsible,
                next_step: row.next_step,
                look: row.look,
                count: row.count,
                details: serde_json::from_value(row.details).unwrap_or_default(),
            },
            course: Course {
                state,
                since: row.since.to_jiff(),
                first_seen: row.first_seen_at.to_jiff(),
                opened_at: row.opened_at.map(at),
                missing_since: row.missing_since.map(at),
                reopened: row.reopened.unsigned_abs(),
                told: row
                    .told_severity
                    .as_deref()
                    .map(|severity| (Severity::of_name(severity), row.told_count)),
                told_at: row.told_at.map(at),
                acknowledged: row.acknowledged_at.is_some(),
            },
            last_seen: row.last_seen_at.to_jiff(),
            told: row.told,
            known,
        }
    }
}
