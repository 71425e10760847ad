//! Reminders as they are listed, and as they would be planned.

use ids::{BookingId, MessageId, ServiceId, TenantId};
use jiff::Timestamp;
use jiff_sqlx::ToSqlx as _;
use sqlx::PgConnection;

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
             $4, $3, s.reminder_every, s.reminder_earliest_lead, s.reminder_min_lead, s.reminder_cap, $4,
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
