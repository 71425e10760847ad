//! Any text in any field of any method is taken or refused by the name of its field; it is never our own mistake.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use anyhow::Context;
use e2e::{INSTANCE, Stack};
use futures_util::StreamExt as _;
use prost_reflect::prost::Message as _;
use prost_reflect::{
    DescriptorPool, DynamicMessage, FieldDescriptor, Kind, MapKey, MessageDescriptor, ReflectMessage as _,
    Value,
};
use rand::{Rng as _, SeedableRng as _, rngs::StdRng};
use reqwest::{Client, Method};
use serde_json::json;

/// Calls under way at once.
const TOGETHER: usize = 16;
/// Whoever waits for a phone may take longer; that is an answer, too.
const LONGEST: Duration = Duration::from_secs(2);
const INVALID_ARGUMENT: &str = "3";
/// What a caller cannot have meant by any text: UNKNOWN, INTERNAL, DATA_LOSS.
const OURS: [&str; 3] = ["2", "13", "15"];

/// One call with one text spoiled.
struct Call {
    door: String,
    method: String,
    field: String,
    text: String,
    message: Vec<u8>,
}

/// Repeats what was asked of the stack (port, method and request, each ended by a NUL) with one field after the other spoiled, and
/// asks the doors for plain HTTP likewise.
pub async fn are_taken_or_refused_by_name(stack: &Stack, record: &str) -> anyhow::Result<()> {
    let seed = rand::random();
    let calls =
        spoiled(stack, record, StdRng::seed_from_u64(seed)).with_context(|| format!("seed {seed}"))?;
    let methods: BTreeSet<&str> = calls.iter().map(|call| call.method.as_str()).collect();
    anyhow::ensure!(methods.len() > 60, "only {} methods with texts were asked", methods.len());
    let client = Client::builder().http2_prior_knowledge().build()?;
    let calls = futures_util::stream::iter(&calls);
    let wrong: Vec<String> = calls
        .map(|call| ask(&client, stack.admin_token, call))
        .buffer_unordered(TOGETHER)
        .filter_map(async |wrong| wrong)
        .collect()
        .await;
    anyhow::ensure!(wrong.is_empty(), "seed {seed}\n{}\n{}", wrong.join("\n"), stack.program.log_tail());
    over_http(stack).await
}

/// What is wrong with the answer, if anything.
async fn ask(client: &Client, token: &str, call: &Call) -> Option<String> {
    let length = u32::try_from(call.message.len()).ok()?.to_be_bytes();
    let request = client
        .post(format!("http://{}/frontdesk.{}", call.door, call.method))
        .bearer_auth(token)
        .header("content-type", "application/grpc")
        .header("te", "trailers")
        .timeout(LONGEST)
        .body([&[0][..], &length, &call.message].concat());
    let Call { method, field, text, .. } = call;
    let text: String = text.chars().take(40).collect();
    let answer = match request.send().await {
        Ok(answer) => answer,
        Err(error) if error.is_timeout() => return None,
        Err(error) => return Some(format!("{method} {field} {text:?}: {error}")),
    };
    let header = |name| answer.headers().get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
    // Only failures are told in front.
    let (status, told) = (header("grpc-status"), header("grpc-message"));
    let refused_by_name = status == INVALID_ARGUMENT && told.contains(field.as_str());
    let wrong = OURS.contains(&status) || (text.contains('\0') && !refused_by_name);
    wrong.then(|| format!("{method} {field} {text:?}: {status} {told}"))
}

fn spoiled(stack: &Stack, record: &str, mut luck: StdRng) -> anyhow::Result<Vec<Call>> {
    let pool = DescriptorPool::decode(contract::DESCRIPTORS)?;
    let pieces: Vec<&str> = record.split('\0').collect();
    // Each method once, with the last that was asked of it.
    let asked: BTreeMap<&str, (&str, &str)> =
        pieces.chunks_exact(3).map(|call| (call[1], (call[0], call[2]))).collect();
    let mut calls = Vec::new();
    for (method, (port, request)) in asked {
        let (service, name) = method.split_once('/').context("no method")?;
        let service = pool.get_service_by_name(&format!("frontdesk.{service}")).context("no service")?;
        let kind = service.methods().find(|known| known.name() == name).context("no such method")?.input();
        let door = stack.doors.grpc.values().find(|door| door.ends_with(&format!(":{port}")));
        let door = door.with_context(|| format!("nobody listens at {port}"))?;
        let request = if request.is_empty() { "{}" } else { request };
        let request: serde_json::Value = serde_json::from_str(request)?;
        let message = DynamicMessage::deserialize(kind, request).with_context(|| method.to_owned())?;
        for text in texts(&mut luck) {
            for (field, message) in variants(&message, &text) {
                let (door, method) = (door.clone(), method.to_owned());
                calls.push(Call {
                    door,
                    method,
                    field,
                    text: text.clone(),
                    message: message.encode_to_vec(),
                });
            }
        }
    }
    Ok(calls)
}

/// What has hurt somebody before, and something nobody has thought of.
fn texts(luck: &mut StdRng) -> Vec<String> {
    let length = luck.random_range(1..40);
    let random: String =
        (0..length).map(|_| if luck.random_bool(0.2) { '\u{1}' } else { luck.random() }).collect();
    vec![
        "a\0b".to_owned(),
        "é".repeat(9000),
        format!("\u{7}\u{1b}[2J\u{fffe}'; -- \\u0000 %00 {{{{x}}}}\r\n{random}"),
    ]
}

/// The message with one text after the other replaced, by the name of the field. What is left out is put in.
fn variants(message: &DynamicMessage, text: &str) -> Vec<(String, DynamicMessage)> {
    let mut variants = Vec::new();
    for field in message.descriptor().fields() {
        for (path, value) in spoiled_values(message, &field, text) {
            let mut spoiled = message.clone();
            spoiled.set_field(&field, value);
            let name = field.name();
            variants
                .push((if path.is_empty() { name.to_owned() } else { format!("{name}.{path}") }, spoiled));
        }
    }
    variants
}

fn spoiled_values(message: &DynamicMessage, field: &FieldDescriptor, text: &str) -> Vec<(String, Value)> {
    let itself = |value| vec![(String::new(), value)];
    let text_value = || Value::String(text.to_owned());
    match field.kind() {
        Kind::Message(entry) if field.is_map() => {
            let value = match entry.map_entry_value_field().kind() {
                Kind::String => text_value(),
                Kind::Message(kind) => Value::Message(DynamicMessage::new(kind)),
                _ => return Vec::new(),
            };
            itself(Value::Map([(MapKey::String(text.to_owned()), value)].into()))
        }
        Kind::String if field.is_list() => itself(Value::List(vec![text_value()])),
        Kind::String => itself(text_value()),
        Kind::Message(kind) if is_ours(&kind) => {
            let inner = match message.get_field(field).as_ref() {
                Value::Message(inner) => inner.clone(),
                Value::List(list) => match list.first() {
                    Some(Value::Message(inner)) => inner.clone(),
                    _ => DynamicMessage::new(kind),
                },
                _ => DynamicMessage::new(kind),
            };
            let wrapped = |inner| {
                let inner = Value::Message(inner);
                if field.is_list() { Value::List(vec![inner]) } else { inner }
            };
            variants(&inner, text).into_iter().map(|(path, inner)| (path, wrapped(inner))).collect()
        }
        _ => Vec::new(),
    }
}

fn is_ours(kind: &MessageDescriptor) -> bool {
    kind.full_name().starts_with("frontdesk.")
}

/// The doors for programs that speak plain HTTP.
async fn over_http(stack: &Stack) -> anyhow::Result<()> {
    let (messages, bookings, front) = (&stack.doors.messages, &stack.doors.bookings, &stack.doors.webhooks);
    let booking = json!({
        "tenant": "harbour-dental", "channel": INSTANCE, "customerName": "Ann Example", "customerEmail": "ann@example.com",
        "customerPhone": "+447700900123", "serviceId": "check-up", "barberId": "ana",
        "scheduledTime": "2026-03-04T10:00:00Z", "language": "en",
    });
    let message = json!({
        "tenant": "harbour-dental", "channel": INSTANCE, "to": "+447700900123", "lane": "normal", "class": "notice",
        "profile": "conversation", "on_unknown": "leave", "idempotency_key": "order-7",
        "content": { "kind": "buttons", "text": "Which?", "buttons": [{ "id": "a", "title": "A" }], "footer": "f" },
        "fallback": { "name": "n", "language": "en", "variables": ["v"] },
    });
    let change = json!({
        "channel": INSTANCE, "worker": "w", "action_id": "a", "reason": "r", "asked_by": "b", "dry_run": true,
    });
    let shift =
        json!({ "scheduledTime": "2026-03-04T10:00:00Z", "serviceId": "check-up", "barberId": "ana" });
    let bodies = [
        (Method::POST, bookings, "/api/bookings", &booking),
        (Method::PATCH, bookings, "/api/bookings/bkg_01980000000070008000000000000001", &shift),
        (Method::POST, front, "/api/bookings", &booking),
        (Method::POST, messages, "/api/messages", &message),
        (Method::POST, messages, "/admin/streams/reset-to-latest", &change),
        (Method::POST, messages, "/admin/streams/reset-to-begin", &change),
        (Method::DELETE, messages, "/admin/streams/destroy-recreate", &change),
        (Method::POST, messages, "/admin/streams/claim-pending-to-worker", &change),
        (Method::POST, messages, "/admin/streams/restore-archived", &change),
    ];
    let client = Client::new();
    for (method, door, path, body) in bodies {
        for pointer in pointers(body, "") {
            for text in ["a\0b", "\u{7}\u{1b}[2J'; -- \\u0000 %00", &"é".repeat(9000)] {
                let mut body = body.clone();
                *body.pointer_mut(&pointer).context("no such field")? = text.into();
                let request = client.request(method.clone(), format!("http://{door}{path}"));
                let answer = request.bearer_auth(stack.admin_token).json(&body).send().await?;
                let (status, told) = (answer.status().as_u16(), answer.text().await?);
                anyhow::ensure!(status != 500, "{path} {pointer} {text:.40?}: {told}");
                let field = pointer.trim_start_matches('/').replace('/', ".").replace(".0", "");
                let refused_by_name = status == 400 && told.contains(&format!("\"field\":\"{field}\""));
                anyhow::ensure!(!text.contains('\0') || refused_by_name, "{path} {field}: {status} {told}");
            }
        }
    }
    for (door, path) in [
        (bookings, "/api/bookings/%00"),
        (bookings, "/api/bookings/a%00b/reminders"),
        (messages, "/api/messages/%00"),
        (messages, "/admin/streams/health?channel=a%00"),
        (messages, "/api/queue/stats?channel=%00&hours=1"),
    ] {
        let answer = client.get(format!("http://{door}{path}")).bearer_auth(stack.admin_token).send().await?;
        anyhow::ensure!(answer.status() == 400, "{path}: {}", answer.text().await?);
    }
    for (door, path) in [
        (front, "/webhooks/evolution/%00/%00"),
        (front, "/webhooks/meta?hub.mode=subscribe&hub.verify_token=%00&hub.challenge=%00"),
        (&stack.doors.files, "/media/a%00b?until=1&signature=%00"),
    ] {
        let status = client.get(format!("http://{door}{path}")).send().await?.status();
        anyhow::ensure!(status.is_client_error(), "{path}: {status}");
    }
    Ok(())
}

/// The places of all texts in a request.
fn pointers(value: &serde_json::Value, at: &str) -> Vec<String> {
    match value {
        serde_json::Value::String(_) => vec![at.to_owned()],
        serde_json::Value::Array(list) => {
            list.iter().enumerate().flat_map(|(n, value)| pointers(value, &format!("{at}/{n}"))).collect()
        }
        serde_json::Value::Object(object) => {
            object.iter().flat_map(|(name, value)| pointers(value, &format!("{at}/{name}"))).collect()
        }
        _ => Vec::new(),
    }
}
