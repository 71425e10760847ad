//! Meta's WhatsApp Business Cloud API: the Graph routes, their checks and errors, and the signed batches in which it
//! tells what happens.

mod app;
mod customer;
mod envelope;
mod error;
mod follow;
mod handshake;
mod lookup;
mod media;
mod number;
mod person;
mod send;
mod subscribed;
mod template;
mod template_news;
mod wamid;
mod wish;

use std::sync::Arc;

pub use number::NumberSpec;

pub(super) use app::Apps;
pub(super) use customer::write;
pub(super) use handshake::handshake;
pub(super) use media::download;
pub(super) use number::Number;
pub(super) use person::{digits_of, is_user_id, user_id};
pub(super) use template_news::tell_template;

use super::world::World;
use crate::http::{Method, Reply, Request};
use error::GraphError;

/// True for the first part of a Graph path: `v23.0`.
pub(super) fn is_version(segment: &str) -> bool {
    let digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    segment
        .strip_prefix('v')
        .and_then(|version| version.split_once('.'))
        .is_some_and(|(major, minor)| digits(major) && digits(minor))
}

/// Answers a request of the Graph API; `segments` is what follows the version.
pub(super) async fn answer(world: &Arc<World>, segments: &[&str], request: &Request) -> Reply {
    match (request.method(), segments) {
        (Method::Post, [id, "messages"]) => send::send(world, id, request).await,
        (Method::Get, [id, "subscribed_apps"]) => subscribed::list(world, id, request),
        (Method::Post, [id, "subscribed_apps"]) => subscribed::subscribe(world, id, request).await,
        (Method::Get, [id]) => {
            media::describe(world, id, request).unwrap_or_else(|| lookup::number(world, id, request))
        }
        (Method::Get, [id, "message_templates"]) => lookup::templates(world, id, request),
        (method, _) => GraphError::unknown_route(method.word(), request.path()).reply(),
    }
}
