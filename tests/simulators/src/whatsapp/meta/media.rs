//! Files: an id in the webhook, an address for the id, the bytes at the address; each with the token.

use serde_json::{Value, json};

use super::Number;
use super::error::GraphError;
use crate::http::{Reply, Request};
use crate::whatsapp::customer::PhoneMessage;
use crate::whatsapp::files::{FileKind, PhoneFile};
use crate::whatsapp::world::World;

/// What an id of a file begins with here, so that it is no number's.
const PREFIX: &str = "90210";

/// `GET /{media_id}`; `None`: it is no file's.
pub(super) fn describe(world: &World, id: &str, request: &Request) -> Option<Reply> {
    let file = world.files.get(id)?;
    if !lets_in(world, request) {
        return Some(GraphError::of(190).reply());
    }
    let url = format!(
        "{}/whatsapp_business/attachments/?mid={id}&hash={}",
        world.server_url,
        world.files.address(id)
    );
    Some(Reply::json(
        200,
        &json!({
            "url": url,
            "mime_type": file.mime_type,
            "sha256": file.sha256(),
            "file_size": file.content.len(),
            "id": id,
            "messaging_product": "whatsapp",
        }),
    ))
}

/// The bytes, at an address that lives five minutes.
pub(in crate::whatsapp) fn download(world: &World, request: &Request) -> Reply {
    if !lets_in(world, request) {
        return GraphError::of(190).reply();
    }
    let file = request.query("hash").and_then(|token| world.files.at(&token));
    file.map_or_else(|| Reply::empty(404), |file| file.reply())
}

fn lets_in(world: &World, request: &Request) -> bool {
    let shown = request.bearer().unwrap_or_default();
    world.meta_number(|number: &Number| number.spec.access_token == shown).is_some()
}

/// Keeps the file of a message and writes what stands in its webhook: the kind and its object.
pub(super) fn content(world: &World, file: &PhoneFile, wish: &PhoneMessage) -> (&'static str, Value) {
    let id = format!("{PREFIX}{:011}", rand::random_range(0..100_000_000_000_u64));
    world.files.keep(&id, file);
    let mut inner = json!({"id": id, "mime_type": file.mime_type, "sha256": file.sha256()});
    match file.kind {
        FileKind::Voice | FileKind::Audio => inner["voice"] = json!(file.kind == FileKind::Voice),
        FileKind::Document => inner["filename"] = json!(file.name),
        _ => {}
    }
    if !wish.text.is_empty() {
        inner["caption"] = json!(wish.text);
    }
    (file.kind.word(), inner)
}
