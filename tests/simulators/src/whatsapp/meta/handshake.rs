//! Meta's question whether a webhook address is the business's own.

use std::time::Duration;

use rand::Rng;
use serde::Serialize;

use super::app::App;
use crate::http::form;
use crate::whatsapp::entry::Entry;
use crate::whatsapp::world::World;

/// How the question was answered.
#[derive(Debug, Clone, Copy, Serialize)]
pub(in crate::whatsapp) struct Handshake {
    /// Absent when there was no answer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
    /// With 200 and the challenge, no more and no less.
    pub verified: bool,
}

/// Asks the webhook of a number.
pub(in crate::whatsapp) async fn handshake(world: &World, name: &str) -> Result<Handshake, String> {
    let number = world
        .meta_number(|number| number.name() == name)
        .ok_or_else(|| format!("no number `{name}` of Meta; GET /sim/instances lists them"))?;
    let app = number.app().ok_or("the number has no webhook")?;
    Ok(ask(world, number.name(), &app, &number.spec.verify_token).await)
}

/// Asks an address with a token.
pub(super) async fn ask(world: &World, instance: &str, app: &App, verify_token: &str) -> Handshake {
    let challenge = rand::rng().random_range(100_000_000..2_000_000_000_u32).to_string();
    let query = form::form(&[
        ("hub.mode", "subscribe"),
        ("hub.challenge", &challenge),
        ("hub.verify_token", verify_token),
    ]);
    let answer = app.client.get(&format!("?{query}"), Duration::from_secs(10)).await.ok();
    let status = answer.as_ref().map(|answer| answer.status);
    let verified = answer.is_some_and(|answer| answer.status == 200 && answer.body == challenge.as_bytes());
    let instance = instance.to_owned();
    world.ledger.journal.note(Entry::Handshake { instance, status, verified });
    Handshake { status, verified }
}
