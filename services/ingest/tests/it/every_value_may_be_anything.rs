//! Every value of every sample, replaced by everything a value can be: the request is taken, ignored by name or refused to the
//! piece, never a panic; and whoever can be read with what they say is never passed over in silence.

use ingest::domain::{InboundEvent, Parsed};
use ingest::providers::Provider;
use serde_json::{Value, json};

use crate::support::fixtures::{bytes, names, parse};

/// What may stand where something else should.
fn others(value: &Value) -> Vec<Value> {
    let deep =
        |wrap: fn(Value) -> Value, depth: usize| (0..depth).fold(value.clone(), |inner, _| wrap(inner));
    vec![
        Value::Null,
        json!(true),
        json!(0),
        json!(-1),
        json!(u64::MAX),
        json!(i64::MIN),
        json!(1e308),
        json!(-0.5),
        json!(""),
        json!(" "),
        json!("x"),
        json!("\0\u{202e}"),
        json!("9".repeat(10_000)),
        json!([]),
        json!({}),
        json!([value]),
        json!([null, value, 1]),
        json!({ "message": value }),
        json!({ "low": value, "high": -1, "unsigned": "x" }),
        deep(|inner| json!([inner]), 40),
        deep(|inner| json!({ "message": inner }), 40),
    ]
}

/// The addresses of all values of a tree, as JSON pointers.
fn pointers(value: &Value, at: &str, into: &mut Vec<String>) {
    into.push(at.to_owned());
    match value {
        Value::Array(list) => {
            list.iter()
                .enumerate()
                .for_each(|(index, inner)| pointers(inner, &format!("{at}/{index}"), into));
        }
        Value::Object(map) => map.iter().for_each(|(name, inner)| {
            pointers(inner, &format!("{at}/{}", name.replace('~', "~0").replace('/', "~1")), into);
        }),
        _ => {}
    }
}

/// The tree without one member.
fn without(body: &Value, pointer: &str) -> Option<Value> {
    let (parent, name) = pointer.rsplit_once('/')?;
    let mut body = body.clone();
    body.pointer_mut(parent)?.as_object_mut()?.remove(&name.replace("~1", "/").replace("~0", "~"))?;
    Some(body)
}

fn spoiled(body: &Value) -> Vec<(String, Value)> {
    let mut places = Vec::new();
    pointers(body, "", &mut places);
    let mut spoiled = Vec::new();
    for place in places {
        let value = body.pointer(&place).unwrap();
        for other in others(value) {
            let mut body = body.clone();
            *body.pointer_mut(&place).unwrap() = other.clone();
            spoiled.push((
                format!("{place} is {}", other.to_string().chars().take(60).collect::<String>()),
                body,
            ));
        }
        spoiled.extend(without(body, &place).map(|body| (format!("{place} is missing"), body)));
    }
    spoiled
}

fn said(value: &Value) -> Option<&str> {
    value.as_str().filter(|text| !text.trim().is_empty())
}

/// What a customer plainly says in a body of Evolution, by the author's number, however the rest of it looks.
fn said_to_evolution(body: &Value) -> Vec<String> {
    let (list, one);
    match &body["data"] {
        Value::Array(many) => list = many.as_slice(),
        other => {
            one = [other.clone()];
            list = &one;
        }
    }
    let plain = |data: &&Value| {
        let key = &data["key"];
        let number = key["remoteJid"].as_str().and_then(|jid| jid.strip_suffix("@s.whatsapp.net"));
        number.is_some_and(|number| number == "447700900123")
            && matches!(key["fromMe"], Value::Null | Value::Bool(false))
            && said(&key["id"]).is_some()
    };
    let texts = list.iter().filter(plain).filter_map(|data| said(&data["message"]["conversation"]));
    if body["event"] == "messages.upsert" { texts.map(str::to_owned).collect() } else { Vec::new() }
}

/// The same in a body of Meta.
fn said_to_meta(body: &Value) -> Vec<String> {
    let list = |value: &Value| value.as_array().cloned().unwrap_or_default();
    let mut texts = Vec::new();
    for change in list(&body["entry"]).iter().flat_map(|entry| list(&entry["changes"])) {
        let ours = said(&change["value"]["metadata"]["phone_number_id"]).is_some();
        for message in list(&change["value"]["messages"]) {
            let plain = message["type"] == "text"
                && message["from"] == "447700900123"
                && said(&message["id"]).is_some();
            if plain && ours && change["field"] == "messages" {
                texts.extend(said(&message["text"]["body"]).map(str::to_owned));
            }
        }
    }
    if body["object"] == "whatsapp_business_account" { texts } else { Vec::new() }
}

fn check(parsed: &Parsed, texts: &[String], what: &str) {
    assert!(parsed.pieces() > 0, "{what}: nothing came of it");
    for rejected in &parsed.rejected {
        assert!(!rejected.detail.contains("447700900123"), "{what}: the reason quotes the customer");
    }
    for text in texts {
        let heard = parsed.events.iter().any(|routed| match &routed.event {
            InboundEvent::Message(message) => message.content.text() == Some(text.as_str()),
            _ => false,
        });
        assert!(heard || !parsed.rejected.is_empty(), "{what}: “{text}” is passed over: {:?}", parsed.events);
    }
}

#[test]
fn in_json() {
    let mut plain = 0;
    for (provider, said) in [
        (Provider::Evolution, said_to_evolution as fn(&Value) -> Vec<String>),
        (Provider::Meta, said_to_meta),
    ] {
        for name in names(provider) {
            let sample: Value = serde_json::from_slice(&bytes(provider, &name)).unwrap();
            for (what, body) in spoiled(&sample) {
                let texts = said(&body);
                plain += texts.len();
                let what = format!("{}/{name}: {what}", provider.as_str());
                if let Ok(parsed) = parse(provider, body.to_string().as_bytes()) {
                    check(&parsed, &texts, &what);
                }
            }
        }
    }
    assert!(plain > 1000, "hardly anybody says anything: {plain}");
}

#[test]
fn in_a_form() {
    for name in names(Provider::Twilio) {
        let form = bytes(Provider::Twilio, &name);
        let fields: Vec<(String, String)> = form_urlencoded::parse(&form).into_owned().collect();
        for (index, (field, value)) in fields.iter().enumerate() {
            let long = "9".repeat(10_000);
            for other in [None, Some(""), Some(" "), Some("x"), Some("-1"), Some("\0\u{202e}"), Some(&long)] {
                let mut fields = fields.clone();
                match other {
                    None => drop(fields.remove(index)),
                    Some(other) => fields[index].1 = other.to_owned(),
                }
                let what = format!(
                    "twilio/{name}: {field} is {:?} instead of {value:?}",
                    other.map(|text| text.len())
                );
                let get = |name: &str| {
                    fields.iter().find(|(field, _)| field == name).map(|(_, value)| value.as_str())
                };
                let plain = get("From") == Some("whatsapp:+447700900123")
                    && ["MessageSid", "To", "AccountSid"]
                        .iter()
                        .all(|name| get(name).is_some_and(|id| id.len() > 20 || id.contains(':')))
                    && get("MessageStatus").is_none();
                let text =
                    get("Body").filter(|text| plain && !text.trim().is_empty() && *text != "\0\u{202e}");
                // There the words are a caption, a button's or a place's.
                let kinds = ["ButtonPayload", "Latitude", "Longitude"];
                let more = get("NumMedia").is_some_and(|count| count != "0")
                    || kinds.iter().any(|name| get(name).is_some());
                let texts: Vec<String> = text.filter(|_| !more).map(str::to_owned).into_iter().collect();
                let body = form_urlencoded::Serializer::new(String::new()).extend_pairs(&fields).finish();
                if let Ok(parsed) = parse(Provider::Twilio, body.as_bytes()) {
                    check(&parsed, &texts, &what);
                }
            }
        }
    }
}
