//! Times kept free while a customer is asked.

use ids::{BookingId, ConversationId, HoldId, ServiceId, StaffId, TenantId};
use jiff::Timestamp;
use jiff_sqlx::ToSqlx as _;
use sqlx::PgConnection;

use super::{Error, busy};
use crate::domain::slots::Slot;

/// A time that is kept free.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Held {
    /// The hold.
    pub id: HoldId,
    /// When it ends by itself.
    pub expires_at: Timestamp,
}

/// Keeps a time free for a conversation, in the caller's transaction; nothing when it is taken. A conversation holds one
/// time: another replaces it, the same one is prolonged under its id. The time of `moving` counts as free.
pub async fn hold(
    transaction: &mut PgConnection,
    tenant: TenantId,
    conversation: ConversationId,
    service: ServiceId,
    slot: &Slot,
    minutes: u16,
    moving: Option<BookingId>,
) -> Result<Option<Held>, Error> {
    lock_diary(transaction, tenant, slot.staff).await?;
    // A statement of its own, so that it sees what was committed while the lock was waited for.
    let except = busy::Except { conversation: Some(conversation), booking: moving };
    let taken = busy::between(transaction, tenant, slot.starts_at, slot.ends_at, except).await?;
    if taken.iter().any(|busy| busy.staff == slot.staff) {
        return Ok(None);
    }
    let row = sqlx::query!(
        "insert into scheduler.hold as h
           (tenant_id, conversation_id, service_id, staff_id, starts_at, ends_at, expires_at)
         values ($1, $2, $3, $4, $5, $6, now() + make_interval(mins => $7))
         on conflict (tenant_id, conversation_id) do update
         set id = case when (h.service_id, h.staff_id, h.starts_at)
                            = (excluded.service_id, excluded.staff_id, excluded.starts_at)
                       then h.id else excluded.id end,
             service_id = excluded.service_id, staff_id = excluded.staff_id,
             starts_at = excluded.starts_at, ends_at = excluded.ends_at, expires_at = excluded.expires_at
         returning id, expires_at",
        tenant.uuid(),
        conversation.uuid(),
        service.uuid(),
        slot.staff.uuid(),
        slot.starts_at.to_sqlx(),
        slot.ends_at.to_sqlx(),
        i32::from(minutes),
    )
    .fetch_one(transaction)
    .await?;
    Ok(Some(Held { id: HoldId::from_uuid(row.id), expires_at: row.expires_at.to_jiff() }))
}

/// The same lock under which effects are committed: one diary, one decision at a time.
async fn lock_diary(connection: &mut PgConnection, tenant: TenantId, staff: StaffId) -> Result<(), Error> {
    sqlx::query!(
        "select from scheduler.staff where tenant_id = $1 and id = $2 for no key update",
        tenant.uuid(),
        staff.uuid()
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Gives a time back; false when there was nothing to give.
pub async fn release(connection: &mut PgConnection, tenant: TenantId, hold: HoldId) -> Result<bool, Error> {
    let done = sqlx::query!(
        "delete from scheduler.hold where tenant_id = $1 and id = $2",
        tenant.uuid(),
        hold.uuid()
    )
    .execute(connection)
    .await?;
    Ok(done.rows_affected() > 0)
}

/// Removes what has expired. Expired holds count for nothing anyway; this only keeps the table small.
pub async fn sweep(connection: &mut PgConnection) -> Result<u64, Error> {
    let done =
        sqlx::query!("delete from scheduler.hold where expires_at < now()").execute(connection).await?;
    Ok(done.rows_affected())
}
