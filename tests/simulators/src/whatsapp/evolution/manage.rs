//! The routes that make an instance, pair its phone and set its webhook.

use std::sync::Arc;

use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::instance::{Instance, InstanceSpec, Phone, Session};
use super::refusal;
use crate::http::{Reply, Request};
use crate::whatsapp::accounts::AccountSpec;
use crate::whatsapp::world::World;

/// A picture of one pixel stands for the QR code.
const PICTURE: &str = "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Wish {
    instance_name: String,
    #[serde(default)]
    token: Option<String>,
    #[serde(default)]
    webhook: Option<Settings>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Settings {
    #[serde(default)]
    enabled: bool,
    url: String,
    #[serde(default)]
    headers: Map<String, Value>,
    #[serde(default)]
    events: Vec<String>,
}

/// `POST /instance/create`: with the server's key. The instance has no phone yet.
pub(super) fn create(world: &World, request: &Request) -> Reply {
    if request.header("apikey") != Some(world.options.evolution_key.as_str()) {
        return refusal::unauthorized();
    }
    let Ok(wish) = request.json::<Wish>() else {
        return refusal::schema("instance requires property \"instanceName\"");
    };
    if world.instance(&wish.instance_name).is_some() {
        return refusal::name_in_use(&wish.instance_name);
    }
    let token = wish.token.unwrap_or_else(|| world.options.evolution_key.clone());
    let spec = InstanceSpec {
        name: wish.instance_name.clone(),
        apikey: token.clone(),
        webhook_url: None,
        webhook_token: None,
        own_number: "447700900150".to_owned(),
    };
    if let Err(problem) = world.add_account(AccountSpec::Evolution(spec)) {
        return refusal::schema(&problem);
    }
    let Some(made) = world.instance(&wish.instance_name) else { return refusal::server_error(500) };
    made.phone_is(Phone::Missing);
    super::settle_sessions(world);
    if let Some(Err(reply)) = wish.webhook.map(|settings| set(world, &made, settings)) {
        return reply;
    }
    Reply::json(
        201,
        &json!({
            "instance": {
                "instanceName": made.name(), "instanceId": made.id, "integration": "WHATSAPP-BAILEYS", "status": "close",
            },
            "hash": token,
            "webhook": made.webhook_shown(),
            "settings": {"groupsIgnore": true},
        }),
    )
}

/// `GET /instance/connect/{instance}`: a code, unless a phone is there.
pub(super) fn connect(world: &World, instance: &Arc<Instance>, request: &Request) -> Reply {
    if instance.session() == Session::Open {
        return super::lookup::connection_state(instance);
    }
    instance.phone_is(Phone::Asked);
    super::settle_sessions(world);
    Reply::json(
        200,
        &json!({
            "pairingCode": request.query("number").map(|_| "WZYEH1YY"),
            "code": "2@y8eK+bjtEjUWy9/FOM==,TmOW8zr",
            "base64": PICTURE,
            "count": 1,
        }),
    )
}

/// `POST /instance/restart/{instance}`.
pub(super) fn restart(instance: &Instance) -> Reply {
    match instance.session() {
        Session::LoggedOut(_) => Reply::json(
            200,
            &json!({"error": true, "message": format!("The \"{}\" instance is not connected", instance.name())}),
        ),
        session => Reply::json(
            200,
            &json!({"instance": {"instanceName": instance.name(), "status": session.word()}}),
        ),
    }
}

/// `DELETE /instance/logout/{instance}`.
pub(super) fn log_out(world: &World, instance: &Instance) -> Reply {
    if matches!(instance.session(), Session::LoggedOut(_)) {
        return refusal::not_connected(instance.name());
    }
    instance.phone_is(Phone::Missing);
    super::settle_sessions(world);
    let done = json!({"status": "SUCCESS", "error": false, "response": {"message": "Instance logged out"}});
    Reply::json(200, &done)
}

/// `POST /webhook/set/{instance}`.
pub(super) fn set_webhook(world: &World, instance: &Instance, request: &Request) -> Reply {
    #[derive(Deserialize)]
    struct Wrapped {
        webhook: Settings,
    }
    let Ok(Wrapped { webhook }) = request.json() else {
        return refusal::schema("instance requires property \"webhook\"");
    };
    match set(world, instance, webhook) {
        Ok(()) => Reply::json(201, &instance.webhook_shown()),
        Err(reply) => reply,
    }
}

fn set(world: &World, instance: &Instance, settings: Settings) -> Result<(), Reply> {
    let shown = json!({
        "id": "cm1z8h2b10001", "url": settings.url, "headers": settings.headers, "enabled": settings.enabled,
        "events": settings.events, "webhookByEvents": false, "webhookBase64": false, "instanceId": instance.id,
    });
    let headers = settings.headers.iter().filter_map(|(name, value)| Some((name.as_str(), value.as_str()?)));
    instance
        .set_webhook(world, &settings.url, headers.collect(), shown)
        .map_err(|problem| refusal::schema(&problem))
}

/// Somebody scans the code that an instance shows. `false`: it shows none.
pub(in crate::whatsapp) fn scan(world: &World, name: &str) -> bool {
    let Some(instance) = world.instance(name).filter(|instance| instance.phone() == Phone::Asked) else {
        return false;
    };
    instance.phone_is(Phone::Paired);
    super::settle_sessions(world);
    true
}
