//! An Evolution API server, 2.3.7: its routes, its webhooks, the sessions of its instances.

mod chats;
mod customer;
mod event;
mod follow;
mod instance;
mod jid;
mod lookup;
mod manage;
mod media;
mod message;
mod refusal;
mod send_text;
mod session;
mod webhook;

use std::sync::Arc;

pub use instance::InstanceSpec;

pub(super) use customer::write;
pub(super) use instance::{Instance, open};
pub(super) use manage::scan;
pub(super) use session::settle_sessions;

use super::world::World;
use crate::http::{Method, Reply, Request};

/// Answers a request of Evolution's API; `segments` is its path.
pub(super) async fn answer(world: &Arc<World>, segments: &[&str], request: &Request) -> Reply {
    match (request.method(), segments) {
        (Method::Post, ["message", "sendText", name]) => send_text::send_text(world, name, request).await,
        (Method::Get, []) => lookup::root(world),
        (Method::Post, ["instance", "create"]) => manage::create(world, request),
        (method, [group, verb, name]) => match lookup::guard(world, name, request) {
            Err(refusal) => refusal,
            Ok(instance) => match (method, *group, *verb) {
                (Method::Get, "instance", "connectionState") => lookup::connection_state(&instance),
                (Method::Get, "instance", "connect") => manage::connect(world, &instance, request),
                (Method::Post, "instance", "restart") => manage::restart(&instance),
                (Method::Delete, "instance", "logout") => manage::log_out(world, &instance),
                (Method::Post, "webhook", "set") => manage::set_webhook(world, &instance, request),
                (Method::Get, "webhook", "find") => Reply::json(200, &instance.webhook_shown()),
                (Method::Post, "chat", "findMessages") => lookup::find_messages(&instance, request),
                (Method::Post, "chat", "getBase64FromMediaMessage") => media::base64(world, request),
                (Method::Post, "chat", "sendPresence") => lookup::send_presence(request).await,
                (Method::Post, "chat", "markMessageAsRead") => lookup::mark_as_read(),
                _ => refusal::unknown_route(method.word(), request.path()),
            },
        },
        (method, _) => refusal::unknown_route(method.word(), request.path()),
    }
}
