//! Keeping an offered time free while its customer is asked.

use ids::{BookingId, ConversationId, TenantId};
use jiff::Timestamp;
use sqlx::{Connection, PgConnection};
use thiserror::Error;

use super::lookup::{Unknown, calendar_of};
use crate::domain::calendar::{Calendar, Service, StaffMember};
use crate::domain::slot_handle::{IdTail, Refusal, Signer};
use crate::domain::slots::{self, Slot};
use crate::store;
use crate::store::holds::{self, Held};

/// Which time, for whom, for how long.
#[derive(Debug, Clone)]
pub struct HoldRequest {
    /// Whose calendar.
    pub tenant: TenantId,
    /// The offer.
    pub handle: String,
    /// For whom.
    pub conversation: ConversationId,
    /// For how long.
    pub minutes: u16,
    /// The booking that is to be moved there, whose own time counts as free.
    pub moving: Option<BookingId>,
}

/// A time that is kept free, with the values to put to the customer.
#[derive(Debug)]
pub struct Kept {
    /// The hold.
    pub held: Held,
    /// In whose terms to tell it.
    pub calendar: Calendar,
    /// What.
    pub service: Service,
    /// With whom.
    pub staff: StaffMember,
    /// When.
    pub slot: Slot,
}

/// Why a time is not kept free.
#[derive(Debug, Error)]
pub enum HoldRefused {
    /// The handle is not good.
    #[error("the handle {0}")]
    Handle(Refusal),
    /// It was good, but the calendar changed since.
    #[error("this time is no longer offered")]
    Withdrawn,
    /// Somebody else has the time, or is being asked about it.
    #[error("this time is taken")]
    Taken,
    /// The request names something that is not there.
    #[error(transparent)]
    Unknown(#[from] Unknown),
}

impl From<store::Error> for HoldRefused {
    fn from(error: store::Error) -> Self {
        Self::Unknown(error.into())
    }
}

impl From<sqlx::Error> for HoldRefused {
    fn from(error: sqlx::Error) -> Self {
        Self::Unknown(store::Error::from(error).into())
    }
}

/// Checks the handle against the calendar as it is now, and keeps its time free.
pub async fn hold_slot(
    connection: &mut PgConnection,
    signer: &Signer,
    request: &HoldRequest,
    now: Timestamp,
) -> Result<Kept, HoldRefused> {
    let offer = signer.verify(request.tenant, &request.handle, now).map_err(HoldRefused::Handle)?;
    let calendar = calendar_of(connection, request.tenant).await?;
    let service = calendar.services.iter().find(|service| IdTail::of_service(service.id) == offer.service);
    let staff = calendar.staff.iter().find(|member| IdTail::of_staff(member.id) == offer.staff);
    let (Some(service), Some(staff)) = (service.cloned(), staff.cloned()) else {
        return Err(HoldRefused::Withdrawn);
    };
    let slot =
        slots::offered(&calendar, &service, &staff, offer.starts_at, now).ok_or(HoldRefused::Withdrawn)?;

    let mut transaction = connection.begin().await?;
    let held = holds::hold(
        &mut transaction,
        request.tenant,
        request.conversation,
        service.id,
        &slot,
        request.minutes,
        request.moving,
    )
    .await?
    .ok_or(HoldRefused::Taken)?;
    transaction.commit().await?;
    Ok(Kept { held, calendar, service, staff, slot })
}
