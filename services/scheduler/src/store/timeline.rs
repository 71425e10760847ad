//! What timelines are told from: bookings, effects, reminders. Everything by keys and indexes that are there anyway; an id tells
//! when its row was made (UUIDv7), which stands in for an index by correlation id.

use ids::{BookingId, ConversationId, TenantId};
use jiff::Timestamp;
use rpc::Thread;
use sqlx::PgPool;
use uuid::Uuid;

use super::Error;

/// The threads of a booking: that of its making and those of what changed it, whose messages are about it, too. Or of whatever was
/// booked under a correlation id.
pub async fn threads(
    pool: &PgPool,
    booking: Option<BookingId>,
    correlation: Option<Uuid>,
) -> Result<Vec<Thread>, Error> {
    let made = correlation.and_then(ids::made_about);
    let rows = sqlx::query!(
        r#"select b.tenant_id as "tenant_id!", coalesce(b.conversation_id, $5) as "conversation_id!",
                  t.correlation_id as "correlation_id!"
           from scheduler.tenant_calendar c
           cross join lateral (
               select x.* from scheduler.booking x where x.tenant_id = c.tenant_id and x.id = $1
               union all
               select x.* from scheduler.booking x
               where x.tenant_id = c.tenant_id and x.correlation_id = $2 and x.id between $3 and $4) b
           cross join lateral (
               select b.correlation_id
               union
               select e.correlation_id from scheduler.effect e
               where b.id = $1 and e.tenant_id = b.tenant_id and e.booking_id = b.id and e.correlation_id is not null) t
           limit 100"#,
        booking.map(|id| id.uuid()),
        correlation,
        made.map(|(from, _)| from),
        made.map(|(_, until)| until),
        Uuid::nil()
    )
    .fetch_all(&mut *postgres::browse(pool).await?)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| Thread {
            tenant: TenantId::from_uuid(row.tenant_id),
            conversation: ConversationId::from_uuid(row.conversation_id),
            correlation: row.correlation_id,
        })
        .collect())
}

/// Something about a booking.
#[derive(Clone, Debug)]
pub struct BookingStep {
    /// The booking.
    pub booking: BookingId,
    /// Its conversation, or nil.
    pub conversation: ConversationId,
    /// What it belongs to.
    pub correlation: Uuid,
    /// booked, effect, planned, completed, voided, expired, failed.
    pub what: String,
    /// When.
    pub at: Timestamp,
    /// Of a planned reminder: when it is due. Of a booking: when it begins.
    pub until: Option<Timestamp>,
    /// The effect's kind, outcome and actor; the reminder's id.
    pub name: String,
    /// Why; or the message that a reminder became.
    pub detail: String,
}

/// Everything about the bookings of threads, in order.
pub async fn steps(pool: &PgPool, threads: &[Thread]) -> Result<Vec<BookingStep>, Error> {
    let tenants: Vec<_> = threads.iter().map(|thread| thread.tenant.uuid()).collect();
    let conversations: Vec<_> = threads.iter().map(|thread| thread.conversation.uuid()).collect();
    let correlations: Vec<_> = threads.iter().map(|thread| thread.correlation).collect();
    let moments = threads.iter().map(|thread| ids::made_about(thread.correlation).unwrap_or_default());
    let (from, until): (Vec<Uuid>, Vec<Uuid>) = moments.unzip();
    let rows = sqlx::query_file!(
        "src/store/queries/timeline.sql",
        &tenants,
        &conversations,
        &correlations,
        &from,
        &until
    )
    .fetch_all(&mut *postgres::browse(pool).await?)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| BookingStep {
            booking: BookingId::from_uuid(row.booking_id),
            conversation: ConversationId::from_uuid(row.conversation_id),
            correlation: row.correlation_id,
            what: row.what,
            at: row.at.to_jiff(),
            until: row.until.map(jiff_sqlx::Timestamp::to_jiff),
            name: row.name,
            detail: row.detail.unwrap_or_default(),
        })
        .collect())
}
