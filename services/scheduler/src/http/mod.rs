//! The door for programs that speak plain HTTP: the same calls as over gRPC, with the field names of the booking system
//! before. Every request needs a token; failures are problem details (RFC 9457) that name the field.
//!
//! | Request | gRPC |
//! |---|---|
//! | `POST /api/bookings` | `BookingService/CreateBooking` |
//! | `GET /api/bookings/{id}` | `BookingService/GetBooking` |
//! | `PATCH /api/bookings/{id}` | `BookingService/RescheduleBooking` |
//! | `DELETE /api/bookings/{id}` | `BookingService/CancelBooking` |
//! | `GET /api/bookings/{id}/reminders` | `ReminderService/ListReminders` |

mod change;
mod create;
mod request;
mod view;

use axum::Router;
use axum::extract::{Path, State};
use axum::routing::{get, post};
use axum::{Extension, Json};
use ids::BookingId;
use rpc::{Caller, Failure, Role, parse};
use serde_json::Value;
use sqlx::PgConnection;

use crate::domain::booking::Booking;
use crate::grpc::{Bookings, status};
use crate::store;

/// What of this port is answered at the process's front door, too: all of it.
pub const PATHS: [&str; 1] = ["/api/bookings"];

/// All routes.
pub fn router(desk: Bookings) -> Router {
    Router::new()
        .route("/api/bookings", post(create::create))
        .route("/api/bookings/{id}", get(show).patch(change::shift).delete(change::cancel))
        .route("/api/bookings/{id}/reminders", get(reminders))
        .with_state(desk)
}

async fn show(
    State(desk): State<Bookings>,
    Extension(caller): Extension<Caller>,
    Path(id): Path<String>,
) -> Result<Json<Value>, Failure> {
    caller.may(Role::Viewer)?;
    let mut connection = desk.pool.acquire().await.map_err(status::of_pool)?;
    Ok(Json(view::booking(&find(&mut connection, &id).await?)))
}

async fn reminders(
    State(desk): State<Bookings>,
    Extension(caller): Extension<Caller>,
    Path(id): Path<String>,
) -> Result<Json<Value>, Failure> {
    caller.may(Role::Viewer)?;
    let mut connection = desk.pool.acquire().await.map_err(status::of_pool)?;
    let booking = find(&mut connection, &id).await?;
    let reminders = store::reminders::list(&mut connection, booking.tenant_id, booking.id)
        .await
        .map_err(status::of_store)?;
    Ok(Json(reminders.into_iter().map(view::reminder).collect()))
}

/// The booking a path names, whoever's it is: the tokens of this installation are for all of its tenants.
async fn find(connection: &mut PgConnection, id: &str) -> Result<Booking, Failure> {
    let id: BookingId = parse::id("id", id)?;
    let found = match store::bookings::tenant_of(connection, id).await.map_err(status::of_store)? {
        Some(tenant) => store::bookings::get(connection, tenant, id).await.map_err(status::of_store)?,
        None => None,
    };
    found.ok_or_else(|| Failure::not_found("booking", id))
}
