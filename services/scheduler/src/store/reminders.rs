//! Reminders as rows: planned by the effects, looked at when due, settled once.

use ids::{BookingId, MessageId, ServiceId, TenantId};
use jiff::{SignedDuration, Timestamp};
use jiff_sqlx::ToSqlx as _;
use sqlx::PgConnection;
use uuid::Uuid;

use super::Error;

/// One reminder, as it is listed.
#[derive(Debug, Clone)]
pub struct Reminder {
    /// `{booking}-reminder-{number}`.
    pub id: String,
    /// Position in time order.
    pub number: i32,
    /// What became of it.
    pub state: State,
    /// When it is, or was, due.
    pub scheduled_for: Timestamp,
    /// From when on it is too late.
    pub not_after: Timestamp,
    /// Failed attempts to hand it over.
    pub attempts: i32,
}

/// What became of a reminder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum State {
    /// Its time has not come.
    Waiting,
    /// Handed to delivery.
    Completed {
        /// As this message.
        message_id: MessageId,
    },
    /// Taken back.
    Voided {
        /// Why.
        reason: String,
    },
    /// Its time passed unused.
    Expired {
        /// Why.
        reason: String,
    },
    /// It could not be handed over.
    Failed {
        /// Why.
        reason: String,
    },
}

/// A booking's reminders in time order.
pub async fn list(
    connection: &mut PgConnection,
    tenant: TenantId,
    booking: BookingId,
) -> Result<Vec<Reminder>, Error> {
    let rows = sqlx::query!(
        "select id, number, state, reason, message_id, scheduled_for, not_after, attempts
         from scheduler.reminder where tenant_id = $1 and booking_id = $2 order by number",
        tenant.uuid(),
        booking.uuid()
    )
    .fetch_all(connection)
    .await?;
    rows.into_iter()
        .map(|row| {
            let state = match (row.state.as_str(), row.reason, row.message_id) {
                ("waiting", ..) => State::Waiting,
                ("completed", _, Some(message)) => {
                    State::Completed { message_id: MessageId::from_uuid(message) }
                }
                ("voided", Some(reason), _) => State::Voided { reason },
                ("expired", Some(reason), _) => State::Expired { reason },
                ("failed", Some(reason), _) => State::Failed { reason },
                _ => return Err(Error::impossible("reminder", row.id, "state", row.state)),
            };
            Ok(Reminder {
                id: row.id,
                number: row.number,
                state,
                scheduled_for: row.scheduled_for.to_jiff(),
                not_after: row.not_after.to_jiff(),
                attempts: row.attempts,
            })
        })
        .collect()
}

/// A reminder that would be planned.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Planned {
    /// When it would be due.
    pub due_at: Timestamp,
    /// From when on it would be too late.
    pub not_after: Timestamp,
}

/// What would be planned for a visit at `starts_at` booked at `booked_at`: the very function that effects call.
pub async fn preview(
    connection: &mut PgConnection,
    tenant: TenantId,
    service: ServiceId,
    starts_at: Timestamp,
    booked_at: Timestamp,
) -> Result<Vec<Planned>, Error> {
    let rows = sqlx::query!(
        r#"select p.due_at as "due_at!", p.not_after as "not_after!"
           from scheduler.service s
           join scheduler.tenant_calendar c on c.tenant_id = s.tenant_id
           cross join lateral scheduler.plan_reminders(
             $4, $3, s.reminder_every, s.reminder_earliest_lead, s.reminder_cap, $4,
             c.quiet_from, c.quiet_until, c.time_zone) p
           where s.tenant_id = $1 and s.id = $2
           order by p.ordinal"#,
        tenant.uuid(),
        service.uuid(),
        starts_at.to_sqlx(),
        booked_at.to_sqlx(),
    )
    .fetch_all(connection)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| Planned { due_at: row.due_at.to_jiff(), not_after: row.not_after.to_jiff() })
        .collect())
}

/// A due reminder, claimed in the transaction that read it, with its booking as it is now.
#[derive(Debug)]
#[expect(missing_docs, reason = "the columns of queries/claim_due_reminders.sql, explained there")]
pub struct Claimed {
    pub tenant_id: Uuid,
    pub booking_id: Uuid,
    pub number: i32,
    pub id: String,
    pub booking_version: i32,
    pub scheduled_for: jiff_sqlx::Timestamp,
    pub not_after: jiff_sqlx::Timestamp,
    pub attempts: i32,
    pub version: i32,
    pub confirmed: bool,
    pub starts_at: jiff_sqlx::Timestamp,
    pub time_zone: String,
    pub customer_name: String,
    pub language: String,
    pub channel_id: Option<Uuid>,
    pub conversation_id: Option<Uuid>,
    pub address: Option<String>,
    pub correlation_id: Uuid,
    pub service_name: String,
    pub staff_name: String,
    pub business_name: String,
    pub business_language: String,
    pub disclose_service: bool,
    pub now: jiff_sqlx::Timestamp,
}

/// Claims up to `limit` due reminders for the rest of the transaction. What another transaction is busy with is passed
/// over, never waited for.
pub async fn claim_due(transaction: &mut PgConnection, limit: u32) -> Result<Vec<Claimed>, Error> {
    Ok(sqlx::query_file_as!(Claimed, "src/store/queries/claim_due_reminders.sql", i64::from(limit))
        .fetch_all(transaction)
        .await?)
}

/// How long until a reminder is due; nothing when none waits, zero or less when one is due now.
pub async fn next_due(connection: &mut PgConnection) -> Result<Option<SignedDuration>, Error> {
    let seconds = sqlx::query_scalar!(
        "select extract(epoch from min(look_at) - now())::float8 from scheduler.reminder where state = 'waiting'"
    )
    .fetch_one(connection)
    .await?;
    Ok(seconds.map(SignedDuration::from_secs_f64))
}

/// Which reminder.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Key {
    /// Whose.
    pub tenant: TenantId,
    /// Of which booking.
    pub booking: BookingId,
    /// Which of them.
    pub number: i32,
}

/// What became of a claimed reminder.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Settled {
    /// Handed over as this message.
    Completed(MessageId),
    /// Not to be sent any more.
    Voided(&'static str),
    /// Too late.
    Expired(&'static str),
}

/// Writes what became of claimed reminders, all in one statement.
pub async fn settle(transaction: &mut PgConnection, settled: &[(Key, Settled)]) -> Result<(), Error> {
    let mut tenants = Vec::with_capacity(settled.len());
    let mut bookings = Vec::with_capacity(settled.len());
    let mut numbers = Vec::with_capacity(settled.len());
    let mut states: Vec<String> = Vec::with_capacity(settled.len());
    let mut reasons: Vec<Option<String>> = Vec::with_capacity(settled.len());
    let mut messages: Vec<Option<Uuid>> = Vec::with_capacity(settled.len());
    for (key, outcome) in settled {
        let (state, reason, message) = match outcome {
            Settled::Completed(message) => ("completed", None, Some(message.uuid())),
            Settled::Voided(reason) => ("voided", Some(*reason), None),
            Settled::Expired(reason) => ("expired", Some(*reason), None),
        };
        tenants.push(key.tenant.uuid());
        bookings.push(key.booking.uuid());
        numbers.push(key.number);
        states.push(state.to_owned());
        reasons.push(reason.map(str::to_owned));
        messages.push(message);
    }
    let done = sqlx::query!(
        "update scheduler.reminder r
         set state = s.state, reason = s.reason, message_id = s.message_id, settled_at = now()
         from unnest($1::uuid[], $2::uuid[], $3::int[], $4::text[], $5::text[], $6::uuid[])
              as s(tenant_id, booking_id, number, state, reason, message_id)
         where r.tenant_id = s.tenant_id and r.booking_id = s.booking_id and r.number = s.number
           and r.state = 'waiting'",
        &tenants,
        &bookings,
        &numbers,
        &states,
        &reasons as &[Option<String>],
        &messages as &[Option<Uuid>],
    )
    .execute(transaction)
    .await?;
    if done.rows_affected() != settled.len() as u64 {
        return Err(Error::impossible("reminder", "a claimed row", "state", "no longer waiting"));
    }
    Ok(())
}

/// Puts a reminder back that could not be handed over, to be looked at again after `delay`.
pub async fn postpone(
    connection: &mut PgConnection,
    key: Key,
    counts: bool,
    delay: SignedDuration,
) -> Result<(), Error> {
    sqlx::query!(
        "update scheduler.reminder
         set attempts = attempts + $4, look_at = now() + make_interval(secs => $5)
         where tenant_id = $1 and booking_id = $2 and number = $3 and state = 'waiting'",
        key.tenant.uuid(),
        key.booking.uuid(),
        key.number,
        i32::from(counts),
        delay.as_secs_f64(),
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Gives a reminder up.
pub async fn give_up(connection: &mut PgConnection, key: Key, reason: &str) -> Result<(), Error> {
    sqlx::query!(
        "update scheduler.reminder
         set attempts = attempts + 1, state = 'failed', reason = $4, settled_at = now()
         where tenant_id = $1 and booking_id = $2 and number = $3 and state = 'waiting'",
        key.tenant.uuid(),
        key.booking.uuid(),
        key.number,
        reason,
    )
    .execute(connection)
    .await?;
    Ok(())
}
