//! What is taken.

use ids::{BookingId, ConversationId, StaffId, TenantId};
use jiff::Timestamp;
use jiff_sqlx::ToSqlx as _;
use sqlx::PgConnection;

use super::Error;
use crate::domain::slots::Busy;

/// Whose own claims on a time do not stand in their way.
#[derive(Debug, Clone, Copy, Default)]
pub struct Except {
    /// The conversation that asks; what it holds is free for it.
    pub conversation: Option<ConversationId>,
    /// The booking that is to be moved; it may move into its own time.
    pub booking: Option<BookingId>,
}

/// Every booked or held time that touches `from..to`.
pub async fn between(
    connection: &mut PgConnection,
    tenant: TenantId,
    from: Timestamp,
    to: Timestamp,
    except: Except,
) -> Result<Vec<Busy>, Error> {
    let rows = sqlx::query_file!(
        "src/store/queries/busy_between.sql",
        tenant.uuid(),
        from.to_sqlx(),
        to.to_sqlx(),
        except.conversation.map(ConversationId::uuid),
        except.booking.map(BookingId::uuid),
    )
    .fetch_all(connection)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| Busy {
            staff: StaffId::from_uuid(row.staff_id),
            starts_at: row.starts_at.to_jiff(),
            ends_at: row.ends_at.to_jiff(),
        })
        .collect())
}
