//! Reactions, edits and withdrawals.

use ingest::providers::evolution;
use serde_json::{Value, json};

use super::{PEER, event, phone_key, upsert};

#[test]
fn a_reaction_can_be_taken_away() {
    let message = json!({ "reactionMessage": { "key": { "id": "B2", "fromMe": true }, "text": "" } });
    assert_eq!(
        upsert(phone_key(), message.clone()),
        format!("reaction A1 {PEER} @1772460930 (removed) on B2")
    );
    let key = json!({ "remoteJid": "447700900123@s.whatsapp.net", "fromMe": true, "id": "A1" });
    assert_eq!(upsert(key, message), "ignored own_change", "staff reacted on the phone");
}

#[test]
fn edits_come_in_three_ways_and_have_one_id() {
    let control = json!({
        "key": { "remoteJid": "447700900123@s.whatsapp.net", "fromMe": false, "id": "B2" },
        "type": "MESSAGE_EDIT", "editedMessage": { "conversation": "Friday" }, "timestampMs": "1772460999123",
    });
    let expected = format!("edit B2~1772460999123 {PEER} @1772460999 of B2 to text “Friday”");
    assert_eq!(event("messages.edited", control.clone()), expected);
    assert_eq!(upsert(phone_key(), json!({ "protocolMessage": control })), expected);
    assert_eq!(
        upsert(phone_key(), json!({ "editedMessage": { "message": { "protocolMessage": control } } })),
        expected
    );
    let whole =
        json!({ "key": phone_key(), "message": { "protocolMessage": control }, "messageTimestamp": 1 });
    assert_eq!(event("messages.edited", whole), expected);

    // Two edits of one message are two events even where the server gives no time.
    let edit = |text: &str| {
        event(
            "messages.edited",
            json!({
                "key": { "remoteJid": "447700900123@s.whatsapp.net", "id": "B2" }, "editedMessage": { "conversation": text },
            }),
        )
    };
    assert_ne!(edit("Friday"), edit("Saturday"));
    assert_eq!(edit("Friday"), edit("Friday"));
}

#[test]
fn a_change_in_a_chat_that_nobody_names_is_kept_for_a_person() {
    // Seen from the customer's device: the chat is with us, by a linked id that nothing tells from hers.
    let control = json!({
        "key": { "remoteJid": "218830041177123@lid", "fromMe": true, "id": "B2" }, "type": 14,
        "editedMessage": { "conversation": "Friday" },
    });
    let body =
        json!({ "event": "messages.edited", "sender": "447700900100@s.whatsapp.net", "data": control });
    let parsed = evolution::parse(body.to_string().as_bytes()).unwrap();
    assert_eq!((parsed.events.len(), parsed.rejected.len()), (0, 1));
}

#[test]
fn withdrawals_come_in_two_ways_and_have_one_id() {
    let expected = format!("revoke B2 {PEER} @- of B2");
    let deleted = json!({ "id": "B2", "remoteJid": "447700900123@s.whatsapp.net", "fromMe": false });
    assert_eq!(event("messages.delete", deleted), expected);
    for kind in [json!("REVOKE"), json!(0)] {
        let line = upsert(phone_key(), json!({ "protocolMessage": { "key": { "id": "B2" }, "type": kind } }));
        assert_eq!(line, format!("revoke B2 {PEER} @1772460930 of B2"));
    }
    let own = json!({ "id": "B2", "remoteJid": "447700900123@s.whatsapp.net", "fromMe": true });
    assert_eq!(event("messages.delete", own), "ignored own_change");
    let setting = json!({ "protocolMessage": { "type": "EPHEMERAL_SETTING", "key": {} } });
    assert_eq!(upsert(phone_key(), setting), "ignored control");
    assert_eq!(event("messages.edited", json!({ "type": 3, "key": { "id": "x" } })), "ignored control");
}

#[test]
fn what_staff_change_is_no_turn_of_the_customer() {
    let from_staff = json!({ "remoteJid": "447700900123@s.whatsapp.net", "fromMe": true, "id": "A1" });
    let control = |key: Value| json!({ "key": key, "type": "MESSAGE_EDIT", "editedMessage": { "conversation": "Friday" } });
    assert_eq!(
        upsert(from_staff.clone(), json!({ "protocolMessage": control(from_staff.clone()) })),
        "ignored own_change"
    );
    assert_eq!(event("messages.edited", control(from_staff.clone())), "ignored own_change");
    let withdrawn = json!({ "key": from_staff, "type": "REVOKE" });
    assert_eq!(event("messages.edited", withdrawn), "ignored own_change");
    // Without the account's own number nobody can tell the two apart: kept for a person.
    let body = json!({ "event": "messages.edited", "data": control(from_staff.clone()) });
    let parsed = evolution::parse(body.to_string().as_bytes()).unwrap();
    assert_eq!((parsed.events.len(), parsed.rejected.len()), (0, 1));
    // Removed through the bridge: its own row, with the key inside and a database's id outside.
    let removed =
        json!({ "id": "cm8database", "key": from_staff, "status": "DELETED", "messageType": "conversation" });
    assert_eq!(event("messages.delete", removed), "ignored own_change");
    let theirs = json!({ "id": "cm8database", "key": { "id": "B2", "remoteJid": "447700900123@s.whatsapp.net", "fromMe": false } });
    assert_eq!(event("messages.delete", theirs), format!("revoke B2 {PEER} @- of B2"));
}
