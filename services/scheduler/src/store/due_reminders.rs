//! Due reminders as rows: claimed for one transaction, settled once, put back when that failed.

use std::time::Duration;

use ids::{BookingId, MessageId, TenantId};
use jiff::SignedDuration;
use sqlx::PgConnection;
use uuid::Uuid;

use super::Error;

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
    pub cancel_word: String,
    pub now: jiff_sqlx::Timestamp,
}

/// Claims up to `limit` due reminders for the rest of the transaction. What another transaction is busy with is passed
/// over, never waited for.
pub async fn claim_due(transaction: &mut PgConnection, limit: u32) -> Result<Vec<Claimed>, Error> {
    Ok(sqlx::query_file_as!(Claimed, "src/store/queries/claim_due_reminders.sql", i64::from(limit))
        .fetch_all(transaction)
        .await?)
}

/// How long until a reminder is due, by the database's clock; nothing when none waits, zero when one is due.
pub async fn next_due(connection: &mut PgConnection) -> Result<Option<Duration>, Error> {
    let seconds = sqlx::query_scalar!(
        "select extract(epoch from greatest(look_at, now()) - now())::float8
         from scheduler.reminder where state = 'waiting' order by look_at limit 1"
    )
    .fetch_optional(connection)
    .await?;
    Ok(seconds.flatten().map(|seconds| Duration::try_from_secs_f64(seconds).unwrap_or(Duration::MAX)))
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
