//! The book, as it is read. It is written only through effects.

use ids::{BookingId, ChannelId, ContactId, ConversationId, ServiceId, StaffId, TenantId};
use jiff::Timestamp;
use jiff_sqlx::ToSqlx as _;
use sqlx::PgConnection;
use uuid::Uuid;

use super::{Error, calendar};
use crate::bookings::NewBooking;
use crate::domain::booking::{Booking, Recipient, Status};
use crate::domain::calendar::{Service, StaffMember};

/// Which bookings are wanted.
#[derive(Debug, Clone, Copy, Default)]
pub struct Filter {
    /// Only this customer's.
    pub contact: Option<ContactId>,
    /// Only those made in this conversation.
    pub conversation: Option<ConversationId>,
    /// Only confirmed ones that have not begun.
    pub upcoming_only: bool,
    /// Only what comes after this place in the list.
    pub after: Option<Place>,
}

/// A place in the list of bookings.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    /// When the booking before it begins.
    pub starts_at: Timestamp,
    /// Which it is; several can begin at once.
    pub id: BookingId,
}

/// One booking.
pub async fn get(
    connection: &mut PgConnection,
    tenant: TenantId,
    booking: BookingId,
) -> Result<Option<Booking>, Error> {
    let row = sqlx::query_file_as!(Row, "src/store/queries/booking.sql", tenant.uuid(), booking.uuid())
        .fetch_optional(connection)
        .await?;
    row.map(Booking::try_from).transpose()
}

/// Whose booking it is. Each business is asked in turn, since ids are found by business.
pub async fn tenant_of(connection: &mut PgConnection, booking: BookingId) -> Result<Option<TenantId>, Error> {
    let tenant = sqlx::query_scalar!(
        "select b.tenant_id from scheduler.tenant_calendar c
         join scheduler.booking b on b.tenant_id = c.tenant_id and b.id = $1",
        booking.uuid()
    )
    .fetch_optional(connection)
    .await?;
    Ok(tenant.map(TenantId::from_uuid))
}

/// The confirmed booking that is what is wanted, if somebody made it before.
pub async fn same(
    connection: &mut PgConnection,
    tenant: TenantId,
    wanted: &NewBooking,
) -> Result<Option<Booking>, Error> {
    let id = sqlx::query_scalar!(
        "select id from scheduler.booking
         where tenant_id = $1 and starts_at = $2 and staff_id = $3 and service_id = $4 and address = $5
           and status = 'confirmed'",
        tenant.uuid(),
        wanted.starts_at.to_sqlx() as jiff_sqlx::Timestamp,
        wanted.staff.uuid(),
        wanted.service.uuid(),
        wanted.recipient.as_ref().map(|to| to.address.as_str()),
    )
    .fetch_optional(&mut *connection)
    .await?;
    match id {
        Some(id) => get(connection, tenant, BookingId::from_uuid(id)).await,
        None => Ok(None),
    }
}

/// Bookings by start, at most `limit`.
pub async fn list(
    connection: &mut PgConnection,
    tenant: TenantId,
    filter: &Filter,
    limit: u32,
) -> Result<Vec<Booking>, Error> {
    let rows = sqlx::query_file_as!(
        Row,
        "src/store/queries/bookings.sql",
        tenant.uuid(),
        filter.contact.map(ContactId::uuid),
        filter.conversation.map(ConversationId::uuid),
        filter.upcoming_only,
        filter.after.map(|after| after.starts_at.to_sqlx()) as Option<jiff_sqlx::Timestamp>,
        filter.after.map(|after| after.id.uuid()),
        i64::from(limit),
    )
    .fetch_all(connection)
    .await?;
    rows.into_iter().map(Booking::try_from).collect()
}

struct Row {
    tenant_id: Uuid,
    id: Uuid,
    status: String,
    service_id: Uuid,
    service_slug: String,
    service_name: String,
    service_minutes: i32,
    staff_id: Uuid,
    staff_slug: String,
    staff_name: String,
    starts_at: jiff_sqlx::Timestamp,
    ends_at: jiff_sqlx::Timestamp,
    time_zone: String,
    customer_name: String,
    language: String,
    channel_id: Option<Uuid>,
    conversation_id: Option<Uuid>,
    contact_id: Option<Uuid>,
    address: Option<String>,
    created_at: jiff_sqlx::Timestamp,
    cancelled_at: Option<jiff_sqlx::Timestamp>,
    version: i32,
}

impl TryFrom<Row> for Booking {
    type Error = Error;

    fn try_from(row: Row) -> Result<Self, Error> {
        let id = BookingId::from_uuid(row.id);
        let status = match (row.status.as_str(), row.cancelled_at) {
            ("confirmed", None) => Status::Confirmed,
            ("cancelled", Some(at)) => Status::Cancelled { at: at.to_jiff() },
            _ => return Err(Error::impossible("booking", id, "status", row.status)),
        };
        let recipient = match (row.channel_id, row.conversation_id, row.address) {
            (Some(channel), Some(conversation), Some(address)) => Some(Recipient {
                channel_id: ChannelId::from_uuid(channel),
                conversation_id: ConversationId::from_uuid(conversation),
                contact_id: row.contact_id.map(ContactId::from_uuid),
                address,
            }),
            (None, None, None) => None,
            _ => return Err(Error::impossible("booking", id, "channel_id", "half a recipient")),
        };
        let service_id = ServiceId::from_uuid(row.service_id);
        Ok(Self {
            id,
            tenant_id: TenantId::from_uuid(row.tenant_id),
            status,
            service: Service {
                id: service_id,
                slug: row.service_slug,
                name: row.service_name,
                minutes: calendar::minutes("service", service_id, row.service_minutes)?,
            },
            staff: StaffMember {
                id: StaffId::from_uuid(row.staff_id),
                slug: row.staff_slug,
                name: row.staff_name,
                services: Vec::new(),
            },
            starts_at: row.starts_at.to_jiff(),
            ends_at: row.ends_at.to_jiff(),
            time_zone: row.time_zone,
            customer_name: row.customer_name,
            language: row.language,
            recipient,
            created_at: row.created_at.to_jiff(),
            version: row.version,
        })
    }
}
