//! Which times can be offered.

use ids::TenantId;
use jiff::{SignedDuration, Timestamp};
use sqlx::PgConnection;

use super::lookup::{Unknown, calendar_of, service_of, staff_of};
use crate::domain::calendar::{Calendar, StaffMember};
use crate::domain::slot_handle::{IdTail, Offer, Signer};
use crate::domain::slots::{self, PartOfDay, Search, Slot};
use crate::store::busy::{self, Except};

/// Busy times are read this far around the search, so that whole days can be compared by how full they are.
const AROUND: SignedDuration = SignedDuration::from_hours(24);

/// What is looked for.
#[derive(Debug, Clone)]
pub struct Query {
    /// For which business.
    pub tenant: TenantId,
    /// Id or slug of the service.
    pub service: String,
    /// Id or slug of one member of staff.
    pub staff: Option<String>,
    /// Earliest start, inclusive.
    pub from: Timestamp,
    /// Latest start, exclusive.
    pub to: Timestamp,
    /// Only starts in this part of the local day.
    pub part_of_day: Option<PartOfDay>,
    /// How many, at most.
    pub limit: usize,
    /// Whose own claims do not stand in the way.
    pub except: Except,
}

/// Times that can be offered, and the calendar they come from.
#[derive(Debug)]
pub struct Found {
    /// In whose terms to tell them.
    pub calendar: Calendar,
    /// Earliest first.
    pub slots: Vec<Offered>,
}

/// One time that can be offered.
#[derive(Debug)]
pub struct Offered {
    /// How it is asked for.
    pub handle: String,
    /// What it is.
    pub slot: Slot,
    /// With whom.
    pub staff: StaffMember,
    /// Until when it can be asked for.
    pub expires_at: Timestamp,
}

/// Looks for free times at `now`; each can be held during `offer_lasts`.
pub async fn find_slots(
    connection: &mut PgConnection,
    signer: &Signer,
    query: &Query,
    now: Timestamp,
    offer_lasts: SignedDuration,
) -> Result<Found, Unknown> {
    let calendar = calendar_of(connection, query.tenant).await?;
    let service = service_of(&calendar, &query.service)?;
    let staff = query.staff.as_deref().map(|named| staff_of(&calendar, named)).transpose()?;
    let search = Search {
        service,
        staff: staff.map(|member| member.id),
        from: query.from,
        to: query.to,
        part_of_day: query.part_of_day,
        limit: query.limit.min(slots::MOST),
    };
    let (earliest, latest) = (before(query.from, AROUND), after(query.to, AROUND));
    let busy = busy::between(connection, query.tenant, earliest, latest, query.except).await?;
    let found = slots::find(&calendar, &search, &busy, now);
    let expires_at = after(now, offer_lasts);
    let offered = found
        .into_iter()
        .filter_map(|slot| {
            let staff = calendar.staff.iter().find(|member| member.id == slot.staff)?.clone();
            let offer = Offer {
                service: IdTail::of_service(service.id),
                staff: IdTail::of_staff(staff.id),
                starts_at: slot.starts_at,
                expires_at,
            };
            Some(Offered { handle: signer.sign(query.tenant, &offer)?, slot, staff, expires_at })
        })
        .collect();
    Ok(Found { calendar, slots: offered })
}

fn after(at: Timestamp, by: SignedDuration) -> Timestamp {
    at.checked_add(by).unwrap_or(Timestamp::MAX)
}

fn before(at: Timestamp, by: SignedDuration) -> Timestamp {
    at.checked_sub(by).unwrap_or(Timestamp::MIN)
}
