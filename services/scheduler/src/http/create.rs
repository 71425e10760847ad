//! `POST /api/bookings`

use axum::extract::State;
use axum::http::header::LOCATION;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse as _, Response};
use axum::{Extension, Json};
use ids::{ProposalId, TenantId};
use rpc::{Caller, Failure, Role};
use sqlx::PgConnection;

use super::{request, view};
use crate::bookings::{Change, NewBooking, Refused, RequestId, change};
use crate::calendar::{Unknown, calendar_of, service_of, staff_of};
use crate::domain::booking::Booking;
use crate::domain::calendar::Calendar;
use crate::grpc::{Bookings, status};
use crate::store;

/// Books: 201 with the booking, or 200 with the one that was made before: under the same key, or without one for the same
/// customer, service, member of staff and time.
pub(super) async fn create(
    State(desk): State<Bookings>,
    Extension(caller): Extension<Caller>,
    headers: HeaderMap,
    rpc::Json(asked): rpc::Json<request::NewBooking>,
) -> Result<Response, Failure> {
    caller.may(Role::Operator)?;
    let (key, asked) = (request::key(&headers, &asked)?, asked.read()?);
    let mut connection = desk.pool.acquire().await.map_err(status::of_pool)?;
    let calendar = calendar(&mut connection, asked.tenant).await?;
    let tenant = calendar.tenant_id;
    let wanted = wanted(&mut connection, &calendar, asked).await?;

    let is_keyed = key.is_some();
    // Without a key each request is one of its own; that it was made before shows in the book.
    let request = key.unwrap_or_else(|| RequestId::new(ProposalId::generate().to_string()));
    let known = store::effects::is_known(&mut connection, request.proposal(tenant, "book"))
        .await
        .map_err(status::of_store)?;
    let booking = Change::Book(wanted.clone());
    match change(&mut connection, tenant, &request, &booking, caller.correlation_id, None).await {
        Ok(booking) => Ok(answer(&booking, known)),
        Err(Refused::Taken) if !is_keyed => {
            let same = store::bookings::same(&mut connection, tenant, &wanted).await;
            let same = same.map_err(status::of_store)?;
            same.map(|booking| answer(&booking, true)).ok_or_else(|| status::of_change(Refused::Taken, ""))
        }
        Err(refused) => Err(status::of_change(refused, "")),
    }
}

/// The calendar of the business that is named, or of the only one there is.
async fn calendar(connection: &mut PgConnection, named: Option<TenantId>) -> Result<Calendar, Failure> {
    let tenant = match named {
        Some(tenant) => tenant,
        None => {
            store::calendar::only_tenant(connection).await.map_err(status::of_store)?.ok_or_else(|| {
                let problem = "is missing, and there is not exactly one business";
                Failure::invalid("tenant", problem, "give its id or slug")
            })?
        }
    };
    calendar_of(connection, tenant).await.map_err(|unknown| match unknown {
        Unknown::Tenant(_) => {
            Failure::invalid("tenant", "is no business with a calendar", "give tnt_… or its slug")
        }
        other => status::of_unknown(other),
    })
}

async fn wanted(
    connection: &mut PgConnection,
    calendar: &Calendar,
    asked: request::Asked,
) -> Result<NewBooking, Failure> {
    let service = service_of(calendar, &asked.service).map_err(|it| status::of_field("serviceId", it))?.id;
    let staff = staff_of(calendar, &asked.staff).map_err(|it| status::of_field("barberId", it))?.id;
    let recipient = store::reach::by_phone(connection, calendar.tenant_id, &asked.channel, &asked.phone)
        .await
        .map_err(status::of_store)?
        .ok_or_else(|| status::no_channel(&asked.channel))?;
    Ok(NewBooking {
        service,
        staff,
        starts_at: asked.starts_at,
        customer_name: asked.customer_name,
        language: asked.language,
        recipient: Some(recipient),
    })
}

fn answer(booking: &Booking, known: bool) -> Response {
    let status = if known { StatusCode::OK } else { StatusCode::CREATED };
    let location = [(LOCATION, format!("/api/bookings/{}", booking.id))];
    (status, location, Json(view::booking(booking))).into_response()
}
