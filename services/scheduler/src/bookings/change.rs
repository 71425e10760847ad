//! One change, committed through `scheduler.apply_effect` like every other.

use ids::{BookingId, ServiceId, StaffId, TenantId};
use jiff::Timestamp;
use serde_json::{Value, json};
use sqlx::{Connection, PgConnection};
use thiserror::Error;
use uuid::Uuid;

use super::tell::tell;
use super::{RequestId, Telling};
use crate::domain::booking::{Booking, Recipient};
use crate::domain::wording::{Changed, TemplateError};
use crate::store;
use crate::store::effects::{self, Outcome};

/// What an operator wants done.
#[derive(Debug, Clone)]
pub enum Change {
    /// Book a time.
    Book(NewBooking),
    /// Move a booking.
    Move {
        /// Which.
        booking: BookingId,
        /// To when.
        starts_at: Timestamp,
        /// To whom, if to somebody else.
        staff: Option<StaffId>,
        /// To another service, if wished.
        service: Option<ServiceId>,
    },
    /// Cancel a booking.
    Cancel {
        /// Which.
        booking: BookingId,
    },
}

/// A booking to be made.
#[derive(Debug, Clone)]
pub struct NewBooking {
    /// What.
    pub service: ServiceId,
    /// With whom.
    pub staff: StaffId,
    /// From when.
    pub starts_at: Timestamp,
    /// For whom.
    pub customer_name: String,
    /// Their language, if it is not that of the business.
    pub language: Option<String>,
    /// How they are written to, if they are.
    pub recipient: Option<Recipient>,
}

/// Why a change was not made. Asking again under the same request id gives the same answer.
#[derive(Debug, Error)]
pub enum Refused {
    /// Somebody else has, or is being asked about, that time.
    #[error("this time is taken")]
    Taken,
    /// There is no such booking that can still be changed.
    #[error("there is no such booking that can still be changed")]
    Gone,
    /// The time has passed, or this person does not do that.
    #[error("this time cannot be booked")]
    Stale,
    /// The request's name belongs to another request.
    #[error("this name was given to another request")]
    OtherRequest,
    /// The store has no answer.
    #[error(transparent)]
    Store(#[from] store::Error),
    /// What the customer is to be told could not be written.
    #[error(transparent)]
    Text(#[from] TemplateError),
}

impl From<sqlx::Error> for Refused {
    fn from(error: sqlx::Error) -> Self {
        Self::Store(error.into())
    }
}

/// Makes the change, tells the customer in the same transaction if that is wanted, and returns the booking as it then is.
pub async fn change(
    connection: &mut PgConnection,
    tenant: TenantId,
    request: &RequestId,
    change: &Change,
    correlation_id: Uuid,
    telling: Option<Telling<'_>>,
) -> Result<Booking, Refused> {
    let effect = effect(tenant, request, change, correlation_id);
    let mut transaction = connection.begin().await?;
    let answer = effects::apply(&mut transaction, &effect).await?;
    let booking = match (answer.outcome, answer.booking_id) {
        (Outcome::Done, Some(id)) => store::bookings::get(&mut transaction, tenant, id).await?,
        _ => None,
    };
    let changed = match change {
        Change::Book(_) => None,
        Change::Move { .. } => Some((Changed::Moved, "move")),
        Change::Cancel { .. } => Some((Changed::Cancelled, "cancel")),
    };
    if let (Some(booking), Some((changed, kind)), Some(telling)) = (&booking, changed, telling) {
        let request = request.proposal(tenant, kind);
        tell(&mut transaction, telling, changed, booking, request, correlation_id).await?;
    }
    // Refusals are committed, too: they are the answer to every repetition.
    transaction.commit().await?;
    match answer.outcome {
        Outcome::Done => Ok(booking.ok_or(Refused::Gone)?),
        Outcome::Taken => Err(Refused::Taken),
        Outcome::Gone => Err(Refused::Gone),
        Outcome::Stale => Err(Refused::Stale),
        Outcome::Other => Err(Refused::OtherRequest),
    }
}

fn effect(tenant: TenantId, request: &RequestId, change: &Change, correlation_id: Uuid) -> Value {
    let (kind, mut effect) = match change {
        Change::Book(booking) => ("book", new_booking(booking)),
        Change::Move { booking, starts_at, staff, service } => (
            "move",
            json!({ "booking_id": booking, "starts_at": starts_at, "staff_id": staff, "service_id": service }),
        ),
        Change::Cancel { booking } => ("cancel", json!({ "booking_id": booking })),
    };
    effect["kind"] = kind.into();
    effect["tenant_id"] = json!(tenant);
    effect["proposal_id"] = json!(request.proposal(tenant, kind));
    effect["correlation_id"] = json!(correlation_id);
    effect["asked"] = json!(request.asked());
    effect
}

fn new_booking(booking: &NewBooking) -> Value {
    let recipient = booking.recipient.as_ref();
    json!({
        "service_id": booking.service,
        "staff_id": booking.staff,
        "starts_at": booking.starts_at,
        "customer_name": booking.customer_name,
        "language": booking.language,
        "channel_id": recipient.map(|to| to.channel_id),
        "conversation_id": recipient.map(|to| to.conversation_id),
        "contact_id": recipient.and_then(|to| to.contact_id),
        "to": recipient.map(|to| to.address.as_str()),
    })
}
