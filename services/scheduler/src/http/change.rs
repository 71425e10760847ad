//! `PATCH` and `DELETE /api/bookings/{id}`. Asking twice is asking once.

use axum::extract::{Path, Query, State};
use axum::http::HeaderMap;
use axum::{Extension, Json};
use ids::ProposalId;
use rpc::{Caller, Failure, Role};
use serde_json::Value;
use sqlx::PgConnection;

use super::{find, request, view};
use crate::bookings::{Change, RequestId, change};
use crate::calendar::{calendar_of, service_of, staff_of};
use crate::domain::booking::{Booking, Status};
use crate::grpc::{Bookings, status};
use crate::store;

/// Moves a booking. One that is as wished already stays as it is, and nobody is told again.
pub(super) async fn shift(
    State(desk): State<Bookings>,
    Extension(caller): Extension<Caller>,
    Path(id): Path<String>,
    headers: HeaderMap,
    rpc::Json(asked): rpc::Json<request::Shift>,
) -> Result<Json<Value>, Failure> {
    caller.may(Role::Operator)?;
    let key = request::key(&headers, &asked)?;
    let mut connection = desk.pool.acquire().await.map_err(status::of_pool)?;
    let booking = find(&mut connection, &id).await?;
    let starts_at = asked.starts_at(booking.starts_at)?;
    let calendar = calendar_of(&mut connection, booking.tenant_id).await.map_err(status::of_unknown)?;
    let service = asked.service_id.as_deref().map(|name| service_of(&calendar, name).map(|it| it.id));
    let service = service.transpose().map_err(|it| status::of_field("serviceId", it))?;
    let staff = asked.barber_id.as_deref().map(|name| staff_of(&calendar, name).map(|it| it.id));
    let staff = staff.transpose().map_err(|it| status::of_field("barberId", it))?;
    let is_as_wished = booking.starts_at == starts_at
        && service.is_none_or(|id| id == booking.service.id)
        && staff.is_none_or(|id| id == booking.staff.id);
    if is_as_wished && booking.status == Status::Confirmed {
        return Ok(Json(view::booking(&booking)));
    }
    let wanted = Change::Move { booking: booking.id, starts_at, staff, service };
    let into = format!("{starts_at} {service:?} {staff:?}");
    let request = request_id(&mut connection, key, &booking, "move", &into).await?;
    let telling = asked.tell_customer.unwrap_or(true).then(|| desk.telling(&calendar));
    let moved =
        change(&mut connection, booking.tenant_id, &request, &wanted, caller.correlation_id, telling).await;
    let moved = moved.map_err(|refused| status::of_change(refused, &booking.id.to_string()))?;
    Ok(Json(view::booking(&moved)))
}

/// Cancels a booking, which stays in the book as cancelled.
pub(super) async fn cancel(
    State(desk): State<Bookings>,
    Extension(caller): Extension<Caller>,
    Path(id): Path<String>,
    headers: HeaderMap,
    Query(asked): Query<request::Cancellation>,
) -> Result<Json<Value>, Failure> {
    caller.may(Role::Operator)?;
    let key = request::key(&headers, &asked)?;
    let mut connection = desk.pool.acquire().await.map_err(status::of_pool)?;
    let booking = find(&mut connection, &id).await?;
    if booking.status != Status::Confirmed {
        return Ok(Json(view::booking(&booking)));
    }
    let calendar = calendar_of(&mut connection, booking.tenant_id).await.map_err(status::of_unknown)?;
    let request = request_id(&mut connection, key, &booking, "cancel", "").await?;
    let telling = asked.tell_customer.unwrap_or(true).then(|| desk.telling(&calendar));
    let wanted = Change::Cancel { booking: booking.id };
    let cancelled =
        change(&mut connection, booking.tenant_id, &request, &wanted, caller.correlation_id, telling).await;
    let cancelled = cancelled.map_err(|refused| status::of_change(refused, &booking.id.to_string()))?;
    Ok(Json(view::booking(&cancelled)))
}

/// The caller's key, or what is changed into what: two who ask for the same change at once ask once. What was refused under
/// that name may be asked for again.
async fn request_id(
    connection: &mut PgConnection,
    key: Option<RequestId>,
    booking: &Booking,
    kind: &str,
    into: &str,
) -> Result<RequestId, Failure> {
    if let Some(key) = key {
        return Ok(key.of(booking.id));
    }
    let named = RequestId::new(format!("{} {} {into}", booking.id, booking.version));
    let was_refused = store::effects::is_known(connection, named.proposal(booking.tenant_id, kind)).await;
    let fresh = || RequestId::new(ProposalId::generate().to_string());
    Ok(if was_refused.map_err(status::of_store)? { fresh() } else { named })
}
