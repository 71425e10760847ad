//! The routes that tell something: the server itself, an instance's state, stored messages.

use std::sync::Arc;
use std::time::Duration;

use serde::Deserialize;
use serde_json::json;

use super::chats::Query;
use super::instance::Instance;
use super::refusal;
use crate::http::{Reply, Request};
use crate::whatsapp::world::World;

/// `GET /`: needs no key.
pub(super) fn root(world: &World) -> Reply {
    let manager = format!("{}/manager", world.server_url);
    Reply::json(
        200,
        &json!({
            "status": 200,
            "message": "Welcome to the Evolution API, it is working!",
            "version": "2.3.7",
            "clientName": "evolution_exchange",
            "manager": manager,
            "documentation": "https://doc.evolution-api.com",
            "whatsappWebVersion": "2.3000.1028450369",
        }),
    )
}

/// The instance, if it exists and the key fits: in this order.
pub(super) fn guard(world: &World, name: &str, request: &Request) -> Result<Arc<Instance>, Reply> {
    let instance = world.instance(name).ok_or_else(|| refusal::unknown_instance(name))?;
    if lets_in(world, &instance, request) { Ok(instance) } else { Err(refusal::unauthorized()) }
}

/// The instance's key, or the server's own.
pub(super) fn lets_in(world: &World, instance: &Instance, request: &Request) -> bool {
    let key = request.header("apikey");
    key == Some(instance.spec.apikey.as_str()) || key == Some(world.options.evolution_key.as_str())
}

/// `GET /instance/connectionState/{instance}`.
pub(super) fn connection_state(instance: &Instance) -> Reply {
    let state = instance.session().word();
    Reply::json(200, &json!({"instance": {"instanceName": instance.name(), "state": state}}))
}

/// `POST /chat/findMessages/{instance}`.
pub(super) fn find_messages(instance: &Instance, request: &Request) -> Reply {
    match request.json::<Query>() {
        Ok(query) => Reply::json(200, &instance.chats.find(&query, &instance.id)),
        Err(error) if error.is_data() => refusal::schema("instance.where is not of a type(s) object"),
        Err(_) => refusal::not_json("Unexpected token in JSON at position 0"),
    }
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Presence {
    delay: u64,
}

/// `POST /chat/sendPresence/{instance}`: blocks for the delay, as the real one does.
pub(super) async fn send_presence(request: &Request) -> Reply {
    let presence = request.json::<Presence>().unwrap_or_default();
    tokio::time::sleep(Duration::from_millis(presence.delay.min(60_000))).await;
    Reply::json(201, &json!({"presence": "composing"}))
}

/// `POST /chat/markMessageAsRead/{instance}`.
pub(super) fn mark_as_read() -> Reply {
    Reply::json(201, &json!({"message": "Read messages", "read": "success"}))
}
