use std::sync::Arc;

use clock::SharedClock;
use contract::scheduler::v1 as proto;
use contract::scheduler::v1::booking_service_server::BookingService;
use ids::{BookingId, TenantId};
use rpc::{Failure, Role, parse, require};
use sqlx::{PgConnection, PgPool};
use tonic::{Request, Response, Status};

use super::{convert, read, status};
use crate::bookings::{Change, NewBooking, Telling, change};
use crate::calendar::{Unknown, calendar_of, service_of, staff_of};
use crate::domain::booking::Booking;
use crate::domain::calendar::Calendar;
use crate::domain::wording::Templates;
use crate::store;
use crate::store::bookings::{Filter, Place};

const USUAL_PAGE: u32 = 50;
const LARGEST_PAGE: u32 = 200;
const LONGEST_NAME: usize = 200;

/// `frontdesk.scheduler.v1.BookingService`.
#[derive(Clone, Debug)]
pub struct Bookings {
    /// Where the book is.
    pub pool: PgPool,
    /// What time it is.
    pub clock: SharedClock,
    /// The texts.
    pub templates: Arc<Templates>,
}

#[tonic::async_trait]
impl BookingService for Bookings {
    async fn list_bookings(
        &self,
        request: Request<proto::ListBookingsRequest>,
    ) -> Result<Response<proto::ListBookingsResponse>, Status> {
        require(&request, Role::Viewer)?;
        let request = request.into_inner();
        let tenant: TenantId = parse::id("tenant_id", &request.tenant_id)?;
        let filter = Filter {
            contact: parse::optional_id("contact_id", &request.contact_id)?,
            conversation: parse::optional_id("conversation_id", &request.conversation_id)?,
            upcoming_only: request.upcoming_only,
            after: read::place(&request.page_token)?,
        };
        let size = parse::page_size("page_size", request.page_size, USUAL_PAGE, LARGEST_PAGE)?;
        let mut connection = self.pool.acquire().await.map_err(status::of_pool)?;
        // One more than is shown says whether there is another page.
        let mut bookings = store::bookings::list(&mut connection, tenant, &filter, size + 1)
            .await
            .map_err(status::of_store)?;
        let shown = usize::try_from(size).unwrap_or(usize::MAX);
        let more = bookings.len() > shown;
        bookings.truncate(shown);
        let next = bookings.last().filter(|_| more);
        let next_page_token = next
            .map(|last| read::page_token(Place { starts_at: last.starts_at, id: last.id }))
            .unwrap_or_default();
        let bookings = bookings.iter().map(convert::booking).collect();
        Ok(Response::new(proto::ListBookingsResponse { bookings, next_page_token }))
    }

    async fn get_booking(
        &self,
        request: Request<proto::GetBookingRequest>,
    ) -> Result<Response<proto::GetBookingResponse>, Status> {
        require(&request, Role::Viewer)?;
        let tenant: TenantId = parse::id("tenant_id", &request.get_ref().tenant_id)?;
        let id: BookingId = parse::id("booking_id", &request.get_ref().booking_id)?;
        let mut connection = self.pool.acquire().await.map_err(status::of_pool)?;
        let booking = store::bookings::get(&mut connection, tenant, id)
            .await
            .map_err(status::of_store)?
            .ok_or_else(|| Failure::not_found("booking", id))?;
        Ok(Response::new(proto::GetBookingResponse { booking: Some(convert::booking(&booking)) }))
    }

    async fn create_booking(
        &self,
        request: Request<proto::CreateBookingRequest>,
    ) -> Result<Response<proto::CreateBookingResponse>, Status> {
        let caller = require(&request, Role::Operator)?;
        let request = request.into_inner();
        let tenant: TenantId = parse::id("tenant_id", &request.tenant_id)?;
        let request_id = read::request_id(&request.request_id, &request)?;
        let service = read::named("service", &request.service)?;
        let staff = read::named("staff", &request.staff)?;
        let starts_at = parse::time("starts_at", request.starts_at)?;
        let customer_name = parse::text("customer_name", &request.customer_name, LONGEST_NAME)?;
        let language = read::language(&request.language)?;
        let phone = Some(&request.phone).filter(|phone| !phone.is_empty());
        let phone = phone.map(|phone| read::phone(phone)).transpose()?;
        let recipient = request.recipient.as_ref().map(read::recipient).transpose()?;
        if recipient.is_some() && phone.is_some() {
            let remedy = "give one of the two";
            return Err(Failure::invalid("phone", "is given beside recipient", remedy).into());
        }

        let mut connection = self.pool.acquire().await.map_err(status::of_pool)?;
        let calendar = calendar_of(&mut connection, tenant).await.map_err(status::of_unknown)?;
        let recipient = match phone {
            Some(phone) => {
                let found = store::reach::by_phone(&mut connection, tenant, &request.channel, &phone).await;
                Some(found.map_err(status::of_store)?.ok_or_else(|| status::no_channel(&request.channel))?)
            }
            None => recipient,
        };
        let wanted = Change::Book(NewBooking {
            service: service_of(&calendar, &service).map_err(status::of_unknown)?.id,
            staff: staff_of(&calendar, &staff).map_err(status::of_unknown)?.id,
            starts_at,
            customer_name,
            language,
            recipient,
        });
        let booking = change(&mut connection, tenant, &request_id, &wanted, caller.correlation_id, None)
            .await
            .map_err(|refused| status::of_change(refused, ""))?;
        Ok(Response::new(proto::CreateBookingResponse { booking: Some(convert::booking(&booking)) }))
    }

    async fn reschedule_booking(
        &self,
        request: Request<proto::RescheduleBookingRequest>,
    ) -> Result<Response<proto::RescheduleBookingResponse>, Status> {
        let caller = require(&request, Role::Operator)?;
        let request = request.into_inner();
        let tenant: TenantId = parse::id("tenant_id", &request.tenant_id)?;
        let request_id = read::request_id(&request.request_id, &request)?;
        let booking: BookingId = parse::id("booking_id", &request.booking_id)?;
        let starts_at = parse::time("starts_at", request.starts_at)?;
        let staff = read::optional_named("staff", &request.staff)?;
        let service = read::optional_named("service", &request.service)?;

        let mut connection = self.pool.acquire().await.map_err(status::of_pool)?;
        let calendar = calendar_of(&mut connection, tenant).await.map_err(status::of_unknown)?;
        let named = |unknown: Unknown| status::of_unknown(unknown);
        let wanted = Change::Move {
            booking,
            starts_at,
            staff: staff
                .map(|name| staff_of(&calendar, &name).map(|one| one.id))
                .transpose()
                .map_err(named)?,
            service: service
                .map(|name| service_of(&calendar, &name).map(|one| one.id))
                .transpose()
                .map_err(named)?,
        };
        let telling = request.tell_customer.unwrap_or(true).then(|| self.telling(&calendar));
        let moved =
            self.apply(&mut connection, tenant, &request_id, &wanted, booking, &caller, telling).await?;
        Ok(Response::new(proto::RescheduleBookingResponse { booking: Some(convert::booking(&moved)) }))
    }

    async fn cancel_booking(
        &self,
        request: Request<proto::CancelBookingRequest>,
    ) -> Result<Response<proto::CancelBookingResponse>, Status> {
        let caller = require(&request, Role::Operator)?;
        let request = request.into_inner();
        let tenant: TenantId = parse::id("tenant_id", &request.tenant_id)?;
        let request_id = read::request_id(&request.request_id, &request)?;
        let booking: BookingId = parse::id("booking_id", &request.booking_id)?;
        let mut connection = self.pool.acquire().await.map_err(status::of_pool)?;
        let calendar = match request.tell_customer.unwrap_or(true) {
            true => Some(calendar_of(&mut connection, tenant).await.map_err(status::of_unknown)?),
            false => None,
        };
        let wanted = Change::Cancel { booking };
        let telling = calendar.as_ref().map(|calendar| self.telling(calendar));
        let cancelled =
            self.apply(&mut connection, tenant, &request_id, &wanted, booking, &caller, telling).await?;
        Ok(Response::new(proto::CancelBookingResponse { booking: Some(convert::booking(&cancelled)) }))
    }
}

impl Bookings {
    /// The texts, and the business they speak for.
    pub(crate) fn telling<'a>(&'a self, calendar: &'a Calendar) -> Telling<'a> {
        Telling { templates: &self.templates, calendar, now: self.clock.now() }
    }

    #[expect(
        clippy::too_many_arguments,
        reason = "one call of two methods, each with all it knows of its request"
    )]
    async fn apply(
        &self,
        connection: &mut PgConnection,
        tenant: TenantId,
        request_id: &crate::bookings::RequestId,
        wanted: &Change,
        booking: BookingId,
        caller: &rpc::Caller,
        telling: Option<Telling<'_>>,
    ) -> Result<Booking, Failure> {
        change(connection, tenant, request_id, wanted, caller.correlation_id, telling)
            .await
            .map_err(|refused| status::of_change(refused, &booking.to_string()))
    }
}
