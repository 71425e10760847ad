//! Receipts, connections, and what is none of our business.

use ingest::providers::evolution;
use serde_json::{Value, json};

use super::event;
use crate::support::fixtures::lines;

#[test]
fn statuses_by_name_and_number() {
    let update = |status: Value, from_me: bool| {
        event(
            "messages.update",
            json!({
                "messageId": "database-id", "keyId": "B2", "remoteJid": "218830041177123:3@lid", "fromMe": from_me, "status": status,
            }),
        )
    };
    for (status, expected) in [
        (json!("SERVER_ACK"), "receipt B2 sent @-"),
        (json!(2), "receipt B2 sent @-"),
        (json!("DELIVERY_ACK"), "receipt B2 delivered @-"),
        (json!("3"), "receipt B2 delivered @-"),
        (json!("READ"), "receipt B2 read @-"),
        (json!(4), "receipt B2 read @-"),
        (json!("PLAYED"), "receipt B2 read @-"),
        (json!("ERROR"), "receipt B2 failed @-"),
        (json!(0), "receipt B2 failed @-"),
        // The words of instances that stand on Meta's own interface.
        (json!("SENT"), "receipt B2 sent @-"),
        (json!("DELIVERED"), "receipt B2 delivered @-"),
        (json!("FAILED"), "receipt B2 failed @-"),
        (json!("PENDING"), "ignored no_receipt"),
        (json!("DELETED"), "ignored no_receipt"),
        (json!("EDITED"), "ignored no_receipt"),
        (Value::Null, "ignored no_receipt"),
    ] {
        assert_eq!(update(status.clone(), true), expected, "{status}");
    }
    assert_eq!(update(json!("READ"), false), "ignored read_by_us", "we read hers on another device");
    assert_eq!(update(json!("DELIVERY_ACK"), false), "ignored no_receipt");
}

#[test]
fn a_list_of_updates_is_read_to_its_end() {
    let body = json!({ "event": "messages.update", "data": [
        { "keyId": "B1", "fromMe": true, "status": "READ" }, 7, { "fromMe": true, "status": "READ" },
        { "keyId": "B2", "fromMe": true, "status": "READ" },
    ] });
    let parsed = evolution::parse(body.to_string().as_bytes()).unwrap();
    assert_eq!(lines(&parsed), ["receipt B1 read @-", "receipt B2 read @-"]);
    let places: Vec<_> = parsed.rejected.iter().map(|rejected| rejected.at.as_str()).collect();
    assert_eq!(places, ["data[1]", "data[2]"]);
}

#[test]
fn the_end_of_a_session_is_one_state_however_it_is_told() {
    for (name, data, expected) in [
        ("connection.update", json!({ "state": "close", "statusReason": 403 }), "channel_state closed 403"),
        (
            "status.instance",
            json!({ "status": "closed", "disconnectionReasonCode": 401, "disconnectionObject": "{}" }),
            "channel_state closed 401",
        ),
        ("logout.instance", Value::Null, "channel_state closed"),
        ("remove.instance", json!({ "instanceName": "x" }), "channel_state closed"),
        (
            "connection.update",
            json!({ "state": "refused", "statusReason": 428 }),
            "channel_state refused 428",
        ),
        ("CONNECTION_UPDATE", json!({ "state": "open" }), "channel_state open"),
        (
            "qrcode.updated",
            json!({ "message": "QR code limit reached, please login again", "statusCode": 500 }),
            "pairing AttemptsUsedUp",
        ),
    ] {
        assert_eq!(event(name, data), expected, "{name}");
    }
}

#[test]
fn events_nobody_asked_for_are_answered_and_forgotten() {
    for name in
        ["contacts.upsert", "presence.update", "chats.set", "call", "messages.set", "error", "something.new"]
    {
        assert_eq!(event(name, json!([{ "x": 1 }])), "ignored not_subscribed", "{name}");
    }
}

#[test]
fn what_is_no_envelope_is_refused_as_a_whole() {
    for body in [
        "",
        "x",
        "[]",
        "{}",
        "{\"event\":7e400}",
        "{\"data\":{}}",
        "{\"event\":\"\"}",
        "null",
        "{\"event\":\"messages.upsert\"",
    ] {
        assert!(evolution::parse(body.as_bytes()).is_err(), "{body}");
    }
    // A known event without what it needs is a rejected piece.
    for data in [
        "null",
        "[]",
        "{}",
        "{\"key\":{}}",
        "{\"key\":{\"id\":\"A\"}}",
        "{\"key\":{\"remoteJid\":\"1234567@lid\"}}",
        "7",
    ] {
        let parsed =
            evolution::parse(format!("{{\"event\":\"messages.upsert\",\"data\":{data}}}").as_bytes())
                .unwrap();
        assert_eq!((parsed.events.len(), parsed.rejected.len()), (0, 1), "{data}");
    }
    let long = format!(
        "{{\"event\":\"messages.delete\",\"data\":{{\"remoteJid\":\"1234567@lid\",\"id\":\"{}\"}}}}",
        "A".repeat(300)
    );
    assert_eq!(evolution::parse(long.as_bytes()).unwrap().rejected.len(), 1);
}
