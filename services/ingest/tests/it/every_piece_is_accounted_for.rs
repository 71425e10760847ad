//! What a body holds and what comes of it are counted against each other: every message, echo, status and error of it
//! is an event (even if only one that is ignored) or a rejected piece, and what goes through the door is accepted,
//! known, ignored or kept.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use ingest::domain::{MOST_PIECES, Parsed};
use ingest::providers::Provider;
use proptest::prelude::*;
use proptest::strategy::ValueTree as _;
use proptest::test_runner::TestRunner;
use serde_json::{Value, json};

use crate::support::fixtures::{bytes, parse};
use crate::support::front::{Front, WEBHOOK_TOKEN};
use crate::support::hostile::{self, spoiled, spoiled_form};

/// How many elements a list has; a single value counts as a list of one, as it does for the parser.
fn elements(value: Option<&Value>) -> Vec<&Value> {
    match value {
        None | Some(Value::Null) => Vec::new(),
        Some(Value::Array(list)) if list.len() > MOST_PIECES => vec![&Value::Null],
        Some(Value::Array(list)) => list.iter().collect(),
        Some(other) => vec![other],
    }
}

/// How many pieces the body of an Evolution webhook has.
fn evolution(body: &Value, parsed: &Parsed) -> usize {
    let without_pieces = ["logout", "remove"];
    let event = body["event"].as_str().unwrap_or_default();
    let list = ["messages", "send.message", "connection.update", "status.instance", "qrcode.updated"];
    if list.iter().any(|name| event.starts_with(name)) && !without_pieces.contains(&event) {
        elements(body.get("data")).len().max(1)
    } else {
        parsed.pieces()
    }
}

/// How many pieces the body of a Meta webhook has, where `parsed` rejected no whole entry or change.
fn meta(body: &Value, parsed: &Parsed) -> usize {
    let rejected: BTreeSet<&str> = parsed.rejected.iter().map(|rejected| rejected.at.as_str()).collect();
    let mut pieces = 0;
    for (index, entry) in elements(body.get("entry")).into_iter().enumerate() {
        let at = format!("entry[{index}]");
        if rejected.contains(at.as_str()) {
            pieces += 1;
            continue;
        }
        for (index, change) in elements(entry.get("changes")).into_iter().enumerate() {
            let at = format!("{at}.changes[{index}]");
            let value = &change["value"];
            let field = match &change["field"] {
                Value::String(field) if !field.trim().is_empty() => field.clone(),
                Value::Number(field) if field.as_i64().is_some() => field.to_string(),
                _ => "messages".to_owned(),
            };
            let read = field == "messages" || field == "smb_message_echoes";
            let lists = ["messages", "message_echoes", "statuses", "errors"];
            let held: usize = lists.iter().map(|name| elements(value.get(*name)).len()).sum();
            pieces += if rejected.contains(at.as_str()) || !read { 1 } else { held.max(1) };
        }
    }
    pieces.max(1)
}

proptest! {
    #![proptest_config(hostile::cases(512))]

    #[test]
    fn nothing_of_a_spoiled_sample_is_dropped((provider, body) in spoiled()) {
        let Ok(parsed) = parse(provider, body.to_string().as_bytes()) else { return Ok(()) };
        let expected = match provider {
            Provider::Evolution => evolution(&body, &parsed),
            _ => meta(&body, &parsed),
        };
        prop_assert_eq!(parsed.pieces(), expected, "{:?}", parsed.rejected);
    }

    #[test]
    fn a_spoiled_form_is_one_piece_or_none(body in spoiled_form()) {
        if let Ok(parsed) = parse(Provider::Twilio, &body) {
            prop_assert_eq!(parsed.pieces(), 1);
        }
    }

    #[test]
    fn a_key_given_twice_is_refused_not_chosen_from(copy in 0usize..30, provider in prop::sample::select(vec![Provider::Evolution, Provider::Meta])) {
        let name = if provider == Provider::Meta { "16-batch-several-messages" } else { "01-upsert-conversation" };
        let text = String::from_utf8(bytes(provider, name)).unwrap();
        let places: Vec<_> = text.match_indices(['{']).map(|(at, _)| at + 1).collect();
        let at = places[copy % places.len()];
        // The first key of that object, with another value, in front of itself.
        let key: String = text[at..].trim_start().chars().skip(1).take_while(|c| *c != '"').collect();
        let mut twice = text.clone();
        twice.insert_str(at, &format!(r#""{key}":{{"x":1}},"#));
        if let Ok(parsed) = parse(provider, twice.as_bytes()) {
            let once = parse(provider, text.as_bytes()).unwrap();
            prop_assert!(parsed.pieces() > 0);
            prop_assert!(parsed.pieces() == once.pieces() || !parsed.rejected.is_empty());
        }
    }
}

#[test]
fn a_small_body_cannot_be_made_into_much_work() {
    let many = |piece: &str, count: usize| format!("[{}]", vec![piece; count].join(","));
    let wrap = |value: String| {
        format!(
            r#"{{"object":"whatsapp_business_account","entry":[{{"id":"1","changes":[{{"field":"messages","value":{value}}}]}}]}}"#
        )
    };
    let too_long = wrap(format!(r#"{{"messages":{},"statuses":{}}}"#, many("{}", 900_000), many("1", 3)));
    let parsed = parse(Provider::Meta, too_long.as_bytes()).unwrap();
    assert_eq!(parsed.pieces(), 4, "the long list is one piece, its neighbour is read");
    assert!(parsed.rejected[0].detail.contains("900000 elements; at most 2000"), "{:?}", parsed.rejected[0]);

    let change = r#"{"field":"messages","value":{"messages":[1,1,1,1]}}"#;
    let nested = format!(
        r#"{{"object":"whatsapp_business_account","entry":{}}}"#,
        many(&format!(r#"{{"changes":{}}}"#, many(change, 1000)), 50)
    );
    let refused = parse(Provider::Meta, nested.as_bytes()).unwrap_err();
    assert!(refused.detail.contains("more than 2000 pieces"), "{}", refused.detail);

    // Each message looks for its author among the contacts.
    let mut messages = String::new();
    for n in 0..1900 {
        write!(messages, r#"{{"id":"a{n}","from":"4477009{n:05}","type":"text","text":{{"body":"x"}}}},"#)
            .unwrap();
    }
    messages.pop();
    let crossed =
        wrap(format!(r#"{{"contacts":{},"messages":[{messages}]}}"#, many(r#"{"wa_id":"1"}"#, 1900)));
    assert_eq!(parse(Provider::Meta, crossed.as_bytes()).unwrap().events.len(), 1900);

    let upserts = format!(r#"{{"event":"messages.upsert","instance":"x","data":{}}}"#, many("{}", 700_000));
    assert_eq!(parse(Provider::Evolution, upserts.as_bytes()).unwrap().pieces(), 1);
    let open = format!(r#"{{"event":"messages.upsert","data":{}"#, "[".repeat(1_000_000));
    parse(Provider::Evolution, open.as_bytes()).unwrap_err();
    let form =
        format!("AccountSid=AC1&MessageSid=SM1&From=whatsapp:%2B447700900123&{}", "a=1&".repeat(500_000));
    assert_eq!(parse(Provider::Twilio, form.as_bytes()).unwrap().pieces(), 1);
}

#[tokio::test]
async fn through_the_door_every_piece_is_accepted_known_ignored_or_kept() {
    let front = Front::start().await;
    let mut runner = TestRunner::new(hostile::cases(80));
    for _ in 0..runner.config().cases.min(1000) {
        let (provider, body) = spoiled().new_tree(&mut runner).unwrap().current();
        let body = body.to_string();
        let pieces = parse(provider, body.as_bytes()).map_or(1, |parsed| parsed.pieces());
        let answer = if provider == Provider::Meta {
            front.meta(body.clone()).await
        } else {
            front.post("/webhooks/evolution/harbour", &[("apikey", WEBHOOK_TOKEN)], body.clone()).await
        };
        let counts = answer.counts();
        let total: u64 = counts.iter().sum();
        assert_eq!(total, pieces as u64, "{counts:?} of {body}");
    }
    let kept = front.count("select count(*) from ingest.quarantine").await;
    assert!(kept > 0, "no case was spoiled enough to be kept");
}

#[tokio::test]
async fn an_empty_envelope_is_kept_not_forgotten() {
    let front = Front::start().await;
    for body in [
        json!({ "object": "whatsapp_business_account", "entry": [] }),
        json!({ "object": "whatsapp_business_account", "entry": [{ "id": "204060801030507", "changes": [
            { "field": "smb_message_echoes", "value": { "metadata": { "phone_number_id": "109876543210987" } } }] }] }),
    ] {
        assert_eq!(front.meta(body.to_string()).await.counts(), [0, 0, 0, 1]);
    }
}
