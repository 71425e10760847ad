//! Twilio's Programmable Messaging for WhatsApp: the REST routes, their checks and errors, and the signed forms in
//! which it tells what happens.

mod callbacks;
mod contents;
mod customer;
mod error;
mod follow;
mod lookup;
mod media;
mod messages;
mod send;
mod sender;
mod senders;
mod wish;

use std::sync::Arc;

pub use sender::SenderSpec;

pub(super) use callbacks::Callbacks;
pub(super) use contents::contents;
pub(super) use customer::write;
pub(super) use media::signed;
pub(super) use sender::Sender;
pub(super) use senders::senders;

use super::world::World;
use crate::http::{Method, Reply, Request};
use error::TwilioError;

/// Answers a request of the REST API; `segments` is what follows `2010-04-01`.
pub(super) async fn answer(world: &Arc<World>, segments: &[&str], request: &Request) -> Reply {
    match (request.method(), segments) {
        (Method::Post, ["Accounts", sid, "Messages.json"]) => send::send(world, sid, request).await,
        (Method::Get, ["Accounts", sid, rest @ ..]) => lookup::answer(world, sid, rest, request),
        (Method::Get, [account]) if account.ends_with(".json") => {
            TwilioError::of(20404).because(format!("{} was not found", request.path())).reply()
        }
        _ => TwilioError::of(20404)
            .because(format!("The requested resource {} was not found", request.path()))
            .reply(),
    }
}
