//! `POST /webhooks/twilio/{channel}` for messages, and `…/status/{message}` for what becomes of ours. The reference in the
//! path is part of what Twilio signs, so it can settle a send whose answer was lost.

use std::str::FromStr as _;

use axum::extract::{Path, Request, State};
use axum::response::Response;
use ids::MessageId;
use uuid::Uuid;

use super::Door;
use crate::intake::Delivered;
use crate::providers::Provider;

pub(super) async fn inbound(
    State(door): State<Door>,
    Path(channel): Path<String>,
    request: Request,
) -> Response {
    take(door, &channel, None, request).await
}

pub(super) async fn status(
    State(door): State<Door>,
    Path((channel, message)): Path<(String, String)>,
    request: Request,
) -> Response {
    take(door, &channel, Some(reference(&message)), request).await
}

async fn take(door: Door, channel: &str, client_ref: Option<String>, request: Request) -> Response {
    let intake = door.intake();
    let path = request.uri().path_and_query().map_or_else(String::new, |path| path.as_str().to_owned());
    door.pass(Provider::Twilio, Some(channel), request, async |headers, body| {
        intake.twilio(channel, client_ref.as_deref(), &path, Delivered { headers: &headers, body }).await
    })
    .await
}

/// The reference as the delivery service knows it, however the sender wrote the message's id.
fn reference(segment: &str) -> String {
    let id = MessageId::from_str(segment).map(MessageId::uuid).or_else(|_| Uuid::try_parse(segment));
    id.map_or_else(|_| segment.to_owned(), |id| format!("fd:{id}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_id_is_recognised_in_each_spelling() {
        let id = MessageId::generate();
        let known = format!("fd:{}", id.uuid());
        for spelling in [id.to_string(), id.uuid().to_string(), known.clone()] {
            assert_eq!(reference(&spelling), known, "{spelling}");
        }
        assert_eq!(reference("another-program"), "another-program");
    }
}
