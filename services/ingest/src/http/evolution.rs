//! `POST /webhooks/evolution/{channel}`, also with what Evolution appends or the operator put behind it:
//!
//! * `/{event}`: Evolution's suffix when `byEvents` is on;
//! * `/{token}`: the channel's webhook token, for senders that cannot set headers;
//! * `/{token}/{event}`: both.

use axum::extract::{Path, Request, State};
use axum::response::Response;

use super::Door;
use crate::intake::Delivered;
use crate::providers::Provider;

pub(super) async fn plain(
    State(door): State<Door>,
    Path(channel): Path<String>,
    request: Request,
) -> Response {
    take(door, &channel, "", request).await
}

pub(super) async fn with_rest(
    State(door): State<Door>,
    Path((channel, rest)): Path<(String, String)>,
    request: Request,
) -> Response {
    take(door, &channel, &rest, request).await
}

async fn take(door: Door, channel: &str, rest: &str, request: Request) -> Response {
    let intake = door.intake();
    door.pass(Provider::Evolution, Some(channel), request, async |headers, body| {
        intake.evolution(channel, rest, Delivered { headers: &headers, body }).await
    })
    .await
}
