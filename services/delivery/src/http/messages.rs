//! `/api/messages`.

use axum::extract::{Path, State};
use axum::http::header::LOCATION;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};
use clock::Clock;
use rpc::{Caller, Failure, Role, parse};
use serde_json::{Value, json};

use super::{Doors, view};
use crate::send::Request;

const KEY: &str = "idempotency-key";

/// Queues a message: 201 with its id, or 200 with the id of the one that was made with the same key.
pub async fn send(
    State(doors): State<Doors>,
    Extension(caller): Extension<Caller>,
    headers: HeaderMap,
    rpc::Json(mut request): rpc::Json<Request>,
) -> Result<Response, Failure> {
    caller.may(Role::Operator)?;
    if let Some(key) = headers.get(KEY) {
        let key = key
            .to_str()
            .map_err(|_| Failure::invalid("idempotency-key", "is no text", "give a UUID, for example"))?;
        request.idempotency_key = Some(key.to_owned());
    }
    let sent = doors.sender.send(request.read(clock::SystemClock.now())?, caller.correlation_id).await?;
    let id = sent.id.to_string();
    let status = if sent.replayed { StatusCode::OK } else { StatusCode::CREATED };
    let location = [(LOCATION, format!("/api/messages/{id}"))];
    let body = json!({ "id": id, "replayed": sent.replayed, "dry_run": sent.dry_run });
    Ok((status, location, Json(body)).into_response())
}

/// What became of a message.
pub async fn show(
    State(doors): State<Doors>,
    Extension(caller): Extension<Caller>,
    Path(id): Path<String>,
) -> Result<Json<Value>, Failure> {
    caller.may(Role::Viewer)?;
    let (message, attempts) = doors.messages.one(parse::id("id", &id)?).await?;
    Ok(Json(view::message(message, &attempts, caller.role.permits(Role::Operator))))
}

/// Takes a message back while it is queued.
pub async fn cancel(
    State(doors): State<Doors>,
    Extension(caller): Extension<Caller>,
    Path(id): Path<String>,
) -> Result<StatusCode, Failure> {
    caller.may(Role::Operator)?;
    doors.sender.cancel(parse::id("id", &id)?).await?;
    Ok(StatusCode::NO_CONTENT)
}
