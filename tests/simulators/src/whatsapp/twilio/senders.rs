//! `/v2/Channels/Senders`: the interface in which Twilio keeps WhatsApp senders with their webhooks.

use std::sync::Arc;

use serde::Deserialize;
use serde_json::{Value, json};

use super::Sender;
use super::error::TwilioError;
use crate::http::{Method, Reply, Request};
use crate::whatsapp::accounts::Account;
use crate::whatsapp::world::World;

#[derive(Deserialize)]
struct Wish {
    webhook: Webhook,
}

#[derive(Deserialize)]
struct Webhook {
    callback_url: String,
}

/// Answers; `rest` is what follows `Senders`.
pub(in crate::whatsapp) fn senders(world: &World, rest: &[&str], request: &Request) -> Reply {
    let known = world.accounts().into_iter().filter_map(|account| match account {
        Account::Twilio(sender) if sender.lets_in(request) => Some(sender),
        _ => None,
    });
    let known: Vec<Arc<Sender>> = known.collect();
    if known.is_empty() {
        return TwilioError::of(20003).reply();
    }
    match (request.method(), rest) {
        (Method::Get, []) => {
            let listed: Vec<Value> = known.iter().map(|sender| listed(sender)).collect();
            Reply::json(
                200,
                &json!({"meta": {"page": 0, "page_size": 50, "key": "senders"}, "senders": listed}),
            )
        }
        (method, [sid]) => match (method, known.iter().find(|sender| sender.sid() == *sid)) {
            (Method::Get, Some(sender)) => Reply::json(200, &shown(sender)),
            (Method::Post, Some(sender)) => update(sender, request),
            _ => TwilioError::of(20404).reply(),
        },
        _ => TwilioError::of(20404).reply(),
    }
}

fn listed(sender: &Sender) -> Value {
    json!({"sid": sender.sid(), "sender_id": sender.spec.from, "status": "ONLINE"})
}

fn shown(sender: &Sender) -> Value {
    let mut shown = listed(sender);
    shown["webhook"] = json!({"callback_url": sender.callback_url(), "callback_method": "POST"});
    shown
}

fn update(sender: &Sender, request: &Request) -> Reply {
    let Ok(wish) = request.json::<Wish>() else { return TwilioError::of(20404).reply() };
    match sender.tell(&wish.webhook.callback_url) {
        Ok(()) => Reply::json(202, &shown(sender)),
        Err(_) => TwilioError::of(20404).reply(),
    }
}
