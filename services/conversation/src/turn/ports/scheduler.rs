//! The calendar as the scheduler serves it over gRPC.

use std::time::Duration;

use contract::scheduler::v1 as proto;
use contract::scheduler::v1::booking_service_client::BookingServiceClient;
use contract::scheduler::v1::calendar_service_client::CalendarServiceClient;
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use ids::{ContactId, HoldId, TenantId};
use jiff::Timestamp;
use rpc::parse::proto_time;
use tokio::time::Instant;
use tonic::{Code, Request, Response, Status};

use super::{Calendar, CalendarError, Held, HoldRequest, PartOfDay, SlotQuery};
use crate::domain::{Booking, NamedService, Service, Slot, Staff, Visit};

/// A customer waits for the answer, so the book has to be quick or be given up on.
const PATIENCE: Duration = Duration::from_secs(3);
/// Between the first two calls of one that is not there; doubles.
const FIRST_PAUSE: Duration = Duration::from_millis(50);
/// More upcoming appointments than anybody can choose from.
const MOST_BOOKINGS: i32 = 20;

/// The scheduler's gRPC services.
#[derive(Debug, Clone)]
pub struct SchedulerCalendar {
    calendar: CalendarServiceClient<rpc::Client>,
    bookings: BookingServiceClient<rpc::Client>,
}

impl SchedulerCalendar {
    /// Over a connection from `rpc::connect`.
    pub fn new(client: rpc::Client) -> Self {
        Self {
            calendar: CalendarServiceClient::new(client.clone()),
            bookings: BookingServiceClient::new(client),
        }
    }
}

impl Calendar for SchedulerCalendar {
    fn services(&self, tenant: TenantId) -> BoxFuture<'_, Result<Vec<Service>, CalendarError>> {
        async move {
            let message = proto::ListServicesRequest { tenant_id: tenant.to_string() };
            let answer = patiently(message, |request| {
                let mut client = self.calendar.clone();
                async move { client.list_services(request).await }
            });
            answer.await?.services.into_iter().map(service).collect()
        }
        .boxed()
    }

    fn find_slots(&self, query: SlotQuery) -> BoxFuture<'_, Result<Vec<Slot>, CalendarError>> {
        async move {
            let message = proto::FindSlotsRequest {
                tenant_id: query.tenant.to_string(),
                service: query.service.id.to_string(),
                staff: query.staff.map(|id| id.to_string()).unwrap_or_default(),
                from: Some(proto_time(query.from)),
                to: Some(proto_time(query.to)),
                part_of_day: query.part_of_day.map_or(proto::PartOfDay::Unspecified, part_of_day).into(),
                limit: i32::from(query.limit),
                language: query.language.tag().to_owned(),
                conversation_id: query.conversation.to_string(),
                moving_booking_id: query.moving.map(|id| id.to_string()).unwrap_or_default(),
            };
            let answer = patiently(message, |request| {
                let mut client = self.calendar.clone();
                async move { client.find_slots(request).await }
            });
            answer.await?.slots.into_iter().map(|found| slot(found, &query.service)).collect()
        }
        .boxed()
    }

    fn hold(&self, request: HoldRequest) -> BoxFuture<'_, Result<Held, CalendarError>> {
        async move {
            let message = proto::HoldSlotRequest {
                tenant_id: request.tenant.to_string(),
                handle: request.handle,
                conversation_id: request.conversation.to_string(),
                moving_booking_id: request.moving.map(|id| id.to_string()).unwrap_or_default(),
                ..Default::default()
            };
            // Holding the same time again only prolongs the hold.
            let answer = patiently(message, |request| {
                let mut client = self.calendar.clone();
                async move { client.hold_slot(request).await }
            });
            held(answer.await?)
        }
        .boxed()
    }

    fn release(&self, tenant: TenantId, hold: HoldId) -> BoxFuture<'_, Result<(), CalendarError>> {
        async move {
            let message =
                proto::ReleaseHoldRequest { tenant_id: tenant.to_string(), hold_id: hold.to_string() };
            let answer = patiently(message, |request| {
                let mut client = self.calendar.clone();
                async move { client.release_hold(request).await }
            });
            answer.await.map(|_| ())
        }
        .boxed()
    }

    fn bookings(
        &self,
        tenant: TenantId,
        contact: ContactId,
    ) -> BoxFuture<'_, Result<Vec<Booking>, CalendarError>> {
        async move {
            let message = proto::ListBookingsRequest {
                tenant_id: tenant.to_string(),
                contact_id: contact.to_string(),
                upcoming_only: true,
                page_size: MOST_BOOKINGS,
                ..Default::default()
            };
            let answer = patiently(message, |request| {
                let mut client = self.bookings.clone();
                async move { client.list_bookings(request).await }
            });
            answer.await?.bookings.into_iter().map(booking).collect()
        }
        .boxed()
    }
}

/// Calls again while the scheduler is just not there: it may be restarting, and every call here can be repeated.
async fn patiently<M, T, F>(message: M, call: impl Fn(Request<M>) -> F) -> Result<T, CalendarError>
where
    M: Clone,
    F: Future<Output = Result<Response<T>, Status>>,
{
    let until = Instant::now() + PATIENCE;
    let mut pause = FIRST_PAUSE;
    loop {
        let mut request = Request::new(message.clone());
        request.set_timeout(PATIENCE);
        match call(request).await {
            Err(status) if status.code() == Code::Unavailable && Instant::now() + pause < until => {
                tokio::time::sleep(pause).await;
                pause *= 2;
            }
            other => return other.map(Response::into_inner).map_err(|status| refusal(&status)),
        }
    }
}

fn refusal(status: &Status) -> CalendarError {
    match status.code() {
        Code::AlreadyExists | Code::Aborted => CalendarError::Taken,
        Code::FailedPrecondition => CalendarError::Expired,
        Code::InvalidArgument | Code::NotFound => CalendarError::Unknown,
        code => {
            tracing::warn!(?code, "scheduler cannot be asked");
            CalendarError::Unavailable
        }
    }
}

/// An answer that lacks what it must hold is as good as none.
fn required<T>(value: Option<T>) -> Result<T, CalendarError> {
    value.ok_or(CalendarError::Unavailable)
}

fn id<T: std::str::FromStr>(text: &str) -> Result<T, CalendarError> {
    required(text.parse().ok())
}

fn time(time: Option<prost_types::Timestamp>) -> Result<Timestamp, CalendarError> {
    required(time.and_then(|time| Timestamp::new(time.seconds, time.nanos).ok()))
}

fn service(service: proto::Service) -> Result<Service, CalendarError> {
    Ok(Service {
        id: id(&service.id)?,
        slug: service.slug,
        name: service.name,
        minutes: service.minutes,
        // Calendars declare no prices yet; what is not known is not said.
        price: None,
        staff: service.staff.into_iter().map(staff).collect::<Result<_, _>>()?,
    })
}

fn staff(staff: proto::StaffMember) -> Result<Staff, CalendarError> {
    Ok(Staff { id: id(&staff.id)?, slug: staff.slug, name: staff.name })
}

fn slot(slot: proto::Slot, service: &NamedService) -> Result<Slot, CalendarError> {
    let staff = required(slot.staff)?;
    Ok(Slot {
        handle: slot.handle,
        visit: Visit {
            service_id: service.id,
            service: service.name.clone(),
            staff_id: id(&staff.id)?,
            staff: staff.name,
            starts_at: time(slot.starts_at)?,
            ends_at: time(slot.ends_at)?,
        },
    })
}

fn held(answer: proto::HoldSlotResponse) -> Result<Held, CalendarError> {
    Ok(Held {
        hold_id: id(&answer.hold_id)?,
        expires_at: time(answer.expires_at)?,
        visit: visit(answer.service, answer.staff, answer.starts_at, answer.ends_at)?,
    })
}

fn booking(booking: proto::Booking) -> Result<Booking, CalendarError> {
    Ok(Booking {
        id: id(&booking.id)?,
        visit: visit(booking.service, booking.staff, booking.starts_at, booking.ends_at)?,
    })
}

fn visit(
    service: Option<proto::Service>,
    staff: Option<proto::StaffMember>,
    starts_at: Option<prost_types::Timestamp>,
    ends_at: Option<prost_types::Timestamp>,
) -> Result<Visit, CalendarError> {
    let (service, staff) = (required(service)?, required(staff)?);
    Ok(Visit {
        service_id: id(&service.id)?,
        service: service.name,
        staff_id: id(&staff.id)?,
        staff: staff.name,
        starts_at: time(starts_at)?,
        ends_at: time(ends_at)?,
    })
}

fn part_of_day(part: PartOfDay) -> proto::PartOfDay {
    match part {
        PartOfDay::Morning => proto::PartOfDay::Morning,
        PartOfDay::Afternoon => proto::PartOfDay::Afternoon,
        PartOfDay::Evening => proto::PartOfDay::Evening,
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    async fn answered_at(call: usize) -> (Result<&'static str, CalendarError>, usize) {
        let calls = AtomicUsize::new(0);
        let answer = patiently((), |_| {
            let n = calls.fetch_add(1, Ordering::Relaxed) + 1;
            async move { if n < call { Err(Status::unavailable("starting")) } else { Ok(Response::new("slots")) } }
        });
        let answer = answer.await;
        (answer, calls.into_inner())
    }

    /// After a restart of everything the first customer was told that the calendar cannot be looked into.
    #[tokio::test(start_paused = true)]
    async fn a_scheduler_that_is_still_starting_is_waited_for() {
        assert_eq!(answered_at(5).await, (Ok("slots"), 5));
    }

    #[tokio::test(start_paused = true)]
    async fn one_that_stays_away_is_given_up_on() {
        let began = Instant::now();
        let (answer, _) = answered_at(usize::MAX).await;
        assert_eq!(answer, Err(CalendarError::Unavailable));
        assert!(began.elapsed() <= PATIENCE);
    }
}
