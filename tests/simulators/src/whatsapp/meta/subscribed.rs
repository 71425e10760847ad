//! `/{waba_id}/subscribed_apps`: which app hears of a business account, and at which address.

use std::sync::Arc;

use serde::Deserialize;
use serde_json::json;

use super::error::GraphError;
use super::{Number, handshake};
use crate::http::{Reply, Request};
use crate::whatsapp::accounts::Account;
use crate::whatsapp::world::World;

#[derive(Deserialize)]
struct Wish {
    #[serde(default)]
    override_callback_uri: Option<String>,
    #[serde(default)]
    verify_token: String,
}

/// `GET`.
pub(super) fn list(world: &World, waba_id: &str, request: &Request) -> Reply {
    let numbers = match numbers(world, waba_id, request) {
        Ok(numbers) => numbers,
        Err(refusal) => return refusal,
    };
    let told: Vec<&Arc<Number>> = numbers.iter().filter(|number| number.app().is_some()).collect();
    let app = json!({"whatsapp_business_api_data": {"id": "670843887433847", "name": "Front Desk"}});
    let shown = told.first().map(|number| {
        let mut app = app;
        if let Some(url) = number.override_url() {
            app["override_callback_uri"] = url.into();
        }
        app
    });
    Reply::json(200, &json!({"data": shown.into_iter().collect::<Vec<_>>()}))
}

/// `POST`: an address of its own is asked first whether it is the business's.
pub(super) async fn subscribe(world: &World, waba_id: &str, request: &Request) -> Reply {
    let numbers = match numbers(world, waba_id, request) {
        Ok(numbers) => numbers,
        Err(refusal) => return refusal,
    };
    let Ok(wish) = request.json::<Wish>() else { return GraphError::of(100).reply() };
    let Some(url) = wish.override_callback_uri else { return Reply::json(200, &json!({"success": true})) };
    for number in numbers {
        let Ok(app) = world.apps.app(&url, &number.spec.app_secret) else {
            return GraphError::of(100).reply();
        };
        if !handshake::ask(world, number.name(), &app, &wish.verify_token).await.verified {
            return GraphError::of(2200).reply();
        }
        number.tell(app, &url);
    }
    Reply::json(200, &json!({"success": true}))
}

fn numbers(world: &World, waba_id: &str, request: &Request) -> Result<Vec<Arc<Number>>, Reply> {
    let of_account = world.accounts().into_iter().filter_map(|account| match account {
        Account::Meta(number) if number.spec.waba_id == waba_id => Some(number),
        _ => None,
    });
    let numbers: Vec<Arc<Number>> = of_account.collect();
    if numbers.is_empty() {
        return Err(GraphError::no_such_object(waba_id).reply());
    }
    let lets_in = |number: &Arc<Number>| request.bearer() == Some(number.spec.access_token.as_str());
    if numbers.iter().any(lets_in) { Ok(numbers) } else { Err(GraphError::of(190).reply()) }
}
