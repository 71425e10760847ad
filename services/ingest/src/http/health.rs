//! `GET /health`: for the load balancer in front of the webhooks.

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use http::StatusCode;
use serde_json::json;

use super::Door;

pub(super) async fn health(State(door): State<Door>) -> Response {
    let closed = door.readiness().closed();
    if closed.is_empty() {
        return Json(json!({ "status": "healthy" })).into_response();
    }
    (StatusCode::SERVICE_UNAVAILABLE, Json(json!({ "status": "unhealthy", "causes": closed })))
        .into_response()
}
