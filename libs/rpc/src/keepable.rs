//! Texts that no database could keep: PostgreSQL's `text` and `jsonb` hold no NUL. Here pass all requests of both doors, so that
//! such a text is refused by the name of its field, whatever the method does with it.

use std::sync::OnceLock;

use axum::body::Bytes;
use futures_util::StreamExt as _;
use http::{Request, Uri};
use prost_reflect::{DescriptorPool, DynamicMessage, MapKey, MessageDescriptor, Value as Field};
use serde_json::Value as Json;
use tonic::body::Body;

use crate::{Failure, Violation};

/// The most bytes a message may have: the library's own limit, which it would tell in other words.
const LONGEST: usize = 4 * 1024 * 1024;
/// What gRPC puts before a message: whether it is compressed, and its length.
const HEAD: usize = 5;
/// What belongs to contracts of ours, none of which takes a stream of requests.
const OURS: &str = "/frontdesk.";

/// Reads a call's message, and refuses it if a text in it cannot be kept. Calls of the library's own services pass as they are.
pub(crate) async fn call(request: Request<Body>) -> Result<Request<Body>, Failure> {
    if !request.uri().path().starts_with(OURS) {
        return Ok(request);
    }
    let (head, body) = request.into_parts();
    let body = read(body).await?;
    // Hardly any message holds this byte; only then it is worth being taken apart.
    if body.get(HEAD..).is_some_and(|message| message.contains(&0)) {
        refuse(of_message(head.uri.path(), &body[HEAD..]))?;
    }
    Ok(Request::from_parts(head, Body::new(axum::body::Body::from(body))))
}

async fn read(body: Body) -> Result<Bytes, Failure> {
    let mut pieces = axum::body::Body::new(body).into_data_stream();
    let mut whole = Vec::new();
    while let Some(piece) = pieces.next().await {
        let piece = piece.map_err(|_| Failure::unavailable("the request was cut short", "send it again"))?;
        whole.extend_from_slice(&piece);
        if whole.len() > LONGEST + HEAD {
            return Err(Failure::invalid("request", "is longer than 4 MiB", "send less at a time"));
        }
    }
    Ok(whole.into())
}

/// The fields of a message that cannot be kept. None where it is no message: the library says so.
fn of_message(path: &str, bytes: &[u8]) -> Vec<String> {
    let message = input_of(path).and_then(|kind| DynamicMessage::decode(kind, bytes).ok());
    let mut found = Vec::new();
    if let Some(message) = message {
        in_message(&message, "", &mut found);
    }
    found
}

/// What a method takes.
fn input_of(path: &str) -> Option<MessageDescriptor> {
    static POOL: OnceLock<DescriptorPool> = OnceLock::new();
    let pool = POOL.get_or_init(|| DescriptorPool::decode(contract::DESCRIPTORS).unwrap_or_default());
    let (service, method) = path.trim_start_matches('/').split_once('/')?;
    let service = pool.get_service_by_name(service)?;
    service.methods().find(|known| known.name() == method).map(|known| known.input())
}

fn in_message(message: &DynamicMessage, path: &str, found: &mut Vec<String>) {
    for (field, value) in message.fields() {
        in_field(value, &below(path, field.name()), found);
    }
}

fn in_field(value: &Field, path: &str, found: &mut Vec<String>) {
    match value {
        Field::String(text) => in_text(text, path, found),
        Field::Message(message) => in_message(message, path, found),
        Field::List(list) => list.iter().for_each(|value| in_field(value, path, found)),
        Field::Map(map) => {
            for (key, value) in map {
                if let MapKey::String(key) = key {
                    in_text(key, path, found);
                }
                in_field(value, path, found);
            }
        }
        _ => {}
    }
}

/// Refuses a body of JSON if a text in it cannot be kept. What is no JSON is left to whoever reads it.
pub(crate) fn json(body: &[u8]) -> Result<(), Failure> {
    const NUL: &[u8] = b"\\u0000";
    if !body.windows(NUL.len()).any(|window| window == NUL) {
        return Ok(());
    }
    let mut found = Vec::new();
    if let Ok(value) = serde_json::from_slice(body) {
        in_json(&value, "", &mut found);
    }
    refuse(found)
}

fn in_json(value: &Json, path: &str, found: &mut Vec<String>) {
    match value {
        Json::String(text) => in_text(text, path, found),
        Json::Array(list) => list.iter().for_each(|value| in_json(value, path, found)),
        Json::Object(object) => {
            for (name, value) in object {
                // A name is repeated only where it can be read.
                let below = if name.contains('\0') { path.to_owned() } else { below(path, name) };
                in_text(name, path, found);
                in_json(value, &below, found);
            }
        }
        _ => {}
    }
}

/// Refuses an address if a part of it cannot be kept.
pub(crate) fn address(uri: &Uri) -> Result<(), Failure> {
    const NUL: &str = "%00";
    let mut found = Vec::new();
    if uri.path().contains(NUL) {
        found.push("path".to_owned());
    }
    for part in uri.query().unwrap_or_default().split('&').filter(|part| part.contains(NUL)) {
        let name = part.split('=').next().filter(|name| !name.contains('%')).unwrap_or("query");
        found.push(name.to_owned());
    }
    refuse(found)
}

fn in_text(text: &str, path: &str, found: &mut Vec<String>) {
    if text.contains('\0') && found.last().is_none_or(|last| last != path) {
        found.push(path.to_owned());
    }
}

fn below(path: &str, name: &str) -> String {
    if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") }
}

fn refuse(fields: Vec<String>) -> Result<(), Failure> {
    if fields.is_empty() {
        return Ok(());
    }
    let violation = |field: String| Violation {
        field: if field.is_empty() { "body".to_owned() } else { field },
        problem: "holds a NUL character (U+0000), which cannot be kept".to_owned(),
        remedy: "take it out".to_owned(),
    };
    Err(Failure::all_invalid(fields.into_iter().map(violation).collect()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_method_of_ours_takes_a_stream_which_would_be_read_to_its_end() {
        let pool = DescriptorPool::decode(contract::DESCRIPTORS).unwrap();
        let methods: Vec<_> =
            pool.services().flat_map(|service| service.methods().collect::<Vec<_>>()).collect();
        assert!(methods.len() > 50);
        for method in methods {
            assert!(!method.is_client_streaming(), "{}", method.full_name());
            let path = format!("/{}/{}", method.parent_service().full_name(), method.name());
            let input = input_of(&path).map(|input| input.full_name().to_owned());
            assert_eq!(input.as_deref(), Some(method.input().full_name()));
        }
    }

    #[test]
    fn the_part_of_an_address_is_named() {
        for (uri, fields) in [
            ("/a/b?channel=front", ""),
            ("/a%00/b", "path"),
            ("/a?channel=x%00&form=full", "channel"),
            ("/a?%00=x&b=%00", "query b"),
        ] {
            let told = address(&uri.parse().unwrap()).map_err(|failure| failure.to_string());
            let expected: Vec<&str> = fields.split_whitespace().collect();
            let named: Vec<&str> = match &told {
                Ok(()) => Vec::new(),
                Err(told) => told.split(". ").filter_map(|line| line.split(' ').next()).collect(),
            };
            assert_eq!(named, expected, "{uri}");
        }
    }
}
