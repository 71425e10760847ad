//! `GET` and `POST /webhooks/meta`: one address for all channels.

use axum::extract::{RawQuery, Request, State};
use axum::response::{IntoResponse as _, Response};
use http::StatusCode;
use http::header::CONTENT_TYPE;

use super::Door;
use crate::intake::Delivered;
use crate::providers::Provider;

/// Meta asks once whether the address is ours; the challenge is the whole answer.
pub(super) async fn handshake(State(door): State<Door>, RawQuery(query): RawQuery) -> Response {
    match door.intake().meta_challenge(query.as_deref().unwrap_or_default()).await {
        Some(challenge) => ([(CONTENT_TYPE, "text/plain")], challenge).into_response(),
        None => StatusCode::FORBIDDEN.into_response(),
    }
}

pub(super) async fn webhook(State(door): State<Door>, request: Request) -> Response {
    let intake = door.intake();
    door.pass(Provider::Meta, None, request, async |headers, body| {
        intake.meta(Delivered { headers: &headers, body }).await
    })
    .await
}
