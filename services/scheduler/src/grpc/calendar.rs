use clock::SharedClock;
use contract::scheduler::v1 as proto;
use contract::scheduler::v1::calendar_service_server::CalendarService;
use ids::{HoldId, TenantId};
use jiff::SignedDuration;
use rpc::parse::{self, proto_time};
use rpc::{Failure, Role, require};
use sqlx::PgPool;
use tonic::{Request, Response, Status};

use super::{convert, read, status};
use crate::calendar::{HoldRefused, HoldRequest, Query, calendar_of, find_slots, hold_slot};
use crate::domain::slot_handle::{Refusal, Signer};
use crate::domain::slots::{MOST, PartOfDay};
use crate::domain::wording::LocalTime;
use crate::metrics;
use crate::store::busy::Except;
use crate::store::holds;

const SHORTEST_HOLD: u16 = 5;
const LONGEST_HOLD: u16 = 10;
/// Handles are 55 characters; a little more is read so that a padded copy is told what is wrong with it.
const LONGEST_HANDLE: usize = 200;

/// `frontdesk.scheduler.v1.CalendarService`.
#[derive(Debug)]
pub struct Calendars {
    /// Where the calendars are.
    pub pool: PgPool,
    /// What time it is.
    pub clock: SharedClock,
    /// Signs what is offered.
    pub signer: Signer,
    /// How long an offer can be taken up.
    pub offer_lasts: SignedDuration,
}

#[tonic::async_trait]
impl CalendarService for Calendars {
    async fn list_services(
        &self,
        request: Request<proto::ListServicesRequest>,
    ) -> Result<Response<proto::ListServicesResponse>, Status> {
        require(&request, Role::Viewer)?;
        let tenant: TenantId = parse::id("tenant_id", &request.get_ref().tenant_id)?;
        let mut connection = self.pool.acquire().await.map_err(status::of_pool)?;
        let calendar = calendar_of(&mut connection, tenant).await.map_err(status::of_unknown)?;
        let services =
            calendar.services.iter().map(|service| convert::service_with_staff(&calendar, service)).collect();
        Ok(Response::new(proto::ListServicesResponse {
            business_name: calendar.name,
            time_zone: calendar.zone_name,
            language: calendar.language_tag,
            services,
        }))
    }

    async fn find_slots(
        &self,
        request: Request<proto::FindSlotsRequest>,
    ) -> Result<Response<proto::FindSlotsResponse>, Status> {
        require(&request, Role::Viewer)?;
        let request = request.into_inner();
        let language = read::language(&request.language)?;
        let now = self.clock.now();
        let query = query(&request, now)?;
        let mut connection = self.pool.acquire().await.map_err(status::of_pool)?;
        let found = find_slots(&mut connection, &self.signer, &query, now, self.offer_lasts)
            .await
            .map_err(status::of_unknown)?;
        let language = found.calendar.language_for(language.as_deref().unwrap_or_default());
        let slots =
            found.slots.iter().map(|slot| convert::slot(slot, &found.calendar.zone, language)).collect();
        Ok(Response::new(proto::FindSlotsResponse { slots }))
    }

    async fn hold_slot(
        &self,
        request: Request<proto::HoldSlotRequest>,
    ) -> Result<Response<proto::HoldSlotResponse>, Status> {
        require(&request, Role::Operator)?;
        let request = request.into_inner();
        let language = read::language(&request.language)?;
        let wanted = HoldRequest {
            tenant: parse::id("tenant_id", &request.tenant_id)?,
            handle: parse::text("handle", &request.handle, LONGEST_HANDLE)?,
            conversation: parse::id("conversation_id", &request.conversation_id)?,
            minutes: hold_minutes(request.minutes)?,
            moving: parse::optional_id("moving_booking_id", &request.moving_booking_id)?,
        };
        let mut connection = self.pool.acquire().await.map_err(status::of_pool)?;
        let kept = hold_slot(&mut connection, &self.signer, &wanted, self.clock.now()).await;
        metrics::hold(outcome(&kept));
        let kept = kept.map_err(status::of_hold)?;
        let language = kept.calendar.language_for(language.as_deref().unwrap_or_default());
        let local = LocalTime::new(kept.slot.starts_at, &kept.calendar.zone, language);
        Ok(Response::new(proto::HoldSlotResponse {
            hold_id: kept.held.id.to_string(),
            expires_at: Some(proto_time(kept.held.expires_at)),
            service: Some(convert::service(&kept.service)),
            staff: Some(convert::staff_member(&kept.staff)),
            starts_at: Some(proto_time(kept.slot.starts_at)),
            ends_at: Some(proto_time(kept.slot.ends_at)),
            local: Some(convert::local_time(local)),
            time_zone: kept.calendar.zone_name,
        }))
    }

    async fn release_hold(
        &self,
        request: Request<proto::ReleaseHoldRequest>,
    ) -> Result<Response<proto::ReleaseHoldResponse>, Status> {
        require(&request, Role::Operator)?;
        let tenant: TenantId = parse::id("tenant_id", &request.get_ref().tenant_id)?;
        let hold: HoldId = parse::id("hold_id", &request.get_ref().hold_id)?;
        let mut connection = self.pool.acquire().await.map_err(status::of_pool)?;
        let released = holds::release(&mut connection, tenant, hold).await.map_err(status::of_store)?;
        if released {
            metrics::hold("released");
        }
        Ok(Response::new(proto::ReleaseHoldResponse { released }))
    }
}

fn query(request: &proto::FindSlotsRequest, now: jiff::Timestamp) -> Result<Query, Failure> {
    let (from, to) = read::range(request.from, request.to, now)?;
    Ok(Query {
        tenant: parse::id("tenant_id", &request.tenant_id)?,
        service: read::named("service", &request.service)?,
        staff: read::optional_named("staff", &request.staff)?,
        from,
        to,
        part_of_day: part_of_day(request.part_of_day)?,
        limit: limit(request.limit)?,
        except: Except {
            conversation: parse::optional_id("conversation_id", &request.conversation_id)?,
            booking: parse::optional_id("moving_booking_id", &request.moving_booking_id)?,
        },
    })
}

fn part_of_day(value: i32) -> Result<Option<PartOfDay>, Failure> {
    match proto::PartOfDay::try_from(value) {
        Ok(proto::PartOfDay::Unspecified) => Ok(None),
        Ok(proto::PartOfDay::Morning) => Ok(Some(PartOfDay::Morning)),
        Ok(proto::PartOfDay::Afternoon) => Ok(Some(PartOfDay::Afternoon)),
        Ok(proto::PartOfDay::Evening) => Ok(Some(PartOfDay::Evening)),
        Err(_) => Err(Failure::invalid(
            "part_of_day",
            format!("has no meaning for {value}"),
            "give morning, afternoon or evening, or leave it out",
        )),
    }
}

fn limit(asked: i32) -> Result<usize, Failure> {
    match usize::try_from(asked) {
        Ok(0) => Ok(MOST),
        Ok(asked) if asked <= MOST => Ok(asked),
        _ => Err(Failure::invalid(
            "limit",
            format!("is {asked}"),
            format!("give 1 to {MOST}, or 0 for {MOST}"),
        )),
    }
}

fn hold_minutes(asked: i32) -> Result<u16, Failure> {
    match u16::try_from(asked) {
        Ok(0) => Ok(LONGEST_HOLD),
        Ok(asked) if (SHORTEST_HOLD..=LONGEST_HOLD).contains(&asked) => Ok(asked),
        _ => Err(Failure::invalid(
            "minutes",
            format!("is {asked}"),
            format!("give {SHORTEST_HOLD} to {LONGEST_HOLD}, or 0 for {LONGEST_HOLD}"),
        )),
    }
}

fn outcome<T>(kept: &Result<T, HoldRefused>) -> &'static str {
    match kept {
        Ok(_) => "held",
        Err(HoldRefused::Taken) => "taken",
        Err(HoldRefused::Handle(Refusal::Forged)) => "forged",
        Err(HoldRefused::Handle(Refusal::Expired)) => "expired",
        Err(HoldRefused::Withdrawn) => "withdrawn",
        Err(HoldRefused::Unknown(_)) => "failed",
    }
}
