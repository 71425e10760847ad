//! Files: in webhooks as ciphertext that nobody can use, on request as text.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::refusal;
use crate::http::{Reply, Request};
use crate::whatsapp::files::{FileKind, PhoneFile};
use crate::whatsapp::world::World;

#[derive(Deserialize)]
struct Asked {
    message: AskedMessage,
}

#[derive(Deserialize)]
struct AskedMessage {
    key: AskedKey,
}

#[derive(Deserialize)]
struct AskedKey {
    id: String,
}

/// `POST /chat/getBase64FromMediaMessage/{instance}`.
pub(super) fn base64(world: &World, request: &Request) -> Reply {
    let Ok(asked) = request.json::<Asked>() else {
        return refusal::schema("instance requires property \"message\"");
    };
    let Some(file) = world.files.get(&asked.message.key.id) else { return refusal::no_message() };
    Reply::json(
        201,
        &json!({
            "mediaType": message_type(file.kind),
            "fileName": file.name.clone().unwrap_or_else(|| format!("{}.bin", asked.message.key.id)),
            "size": {"fileLength": file.content.len().to_string()},
            "mimetype": file.mime_type,
            "base64": STANDARD.encode(&file.content),
            "buffer": null,
        }),
    )
}

pub(super) fn message_type(kind: FileKind) -> &'static str {
    match kind {
        FileKind::Image => "imageMessage",
        FileKind::Voice | FileKind::Audio => "audioMessage",
        FileKind::Video => "videoMessage",
        FileKind::Document => "documentMessage",
        FileKind::Sticker => "stickerMessage",
    }
}

/// The content object of a message with a file.
pub(super) fn content(file: &PhoneFile, caption: &str) -> Map<String, Value> {
    let mut inner = json!({
        "url": "https://mmg.whatsapp.net/v/t62.7117-24/ciphertext.enc",
        "mimetype": file.mime_type,
        "fileLength": file.content.len().to_string(),
    });
    match file.kind {
        FileKind::Voice | FileKind::Audio => inner["ptt"] = json!(file.kind == FileKind::Voice),
        FileKind::Document => inner["fileName"] = json!(file.name),
        _ => {}
    }
    if !caption.is_empty() {
        inner["caption"] = json!(caption);
    }
    Map::from_iter([(message_type(file.kind).to_owned(), inner)])
}
