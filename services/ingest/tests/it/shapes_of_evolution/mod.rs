//! Shapes of other server versions and other kinds than the samples show.

mod changes;
mod messages;
mod news;
mod people;

use ingest::providers::Provider;
use serde_json::{Value, json};

use crate::support::fixtures::{line, only};

const PEER: &str = "+447700900123->447700900123";

/// An upsert with this key and content.
fn upsert(key: Value, message: Value) -> String {
    event(
        "messages.upsert",
        json!({
            "key": key, "pushName": "Maya Lindqvist", "message": message,
            "messageType": "unknown", "messageTimestamp": 1_772_460_930,
        }),
    )
}

fn event(name: &str, data: Value) -> String {
    let body = json!({
        "event": name, "instance": "harbour-dental", "data": data,
        "date_time": "2026-03-02T11:15:31.412Z", "sender": "447700900100@s.whatsapp.net", "apikey": "secret",
    });
    line(&only(Provider::Evolution, body.to_string().as_bytes()))
}

fn phone_key() -> Value {
    json!({ "remoteJid": "447700900123@s.whatsapp.net", "fromMe": false, "id": "A1" })
}

/// What an upsert with this content says.
fn said(message: Value) -> String {
    let line = upsert(phone_key(), message);
    let (_, said) = line.split_once("@1772460930 ").unwrap();
    said.strip_suffix(" name=Maya Lindqvist").unwrap_or(said).to_owned()
}
