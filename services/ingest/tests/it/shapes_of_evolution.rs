//! Shapes of other server versions and other kinds than the samples show.

use ingest::providers::{Provider, evolution};
use serde_json::{Value, json};

use crate::support::fixtures::{line, lines, only};

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

#[test]
fn the_person_is_found_in_all_key_layouts() {
    let text = || json!({ "conversation": "x" });
    let with_lid = "+447700900123|lid:218830041177123->447700900123";
    for (layout, key, person) in [
        (
            "2.2.3: a linked id alone",
            json!({ "remoteJid": "218830041177123@lid" }),
            "lid:218830041177123->218830041177123@lid",
        ),
        (
            "2.3.1: senderPn in its place",
            json!({ "remoteJid": "447700900123@s.whatsapp.net", "previousRemoteJid": "218830041177123@lid" }),
            with_lid,
        ),
        (
            "older: senderPn beside it",
            json!({ "remoteJid": "218830041177123@lid", "senderPn": "447700900123@s.whatsapp.net" }),
            with_lid,
        ),
        (
            "2.3.5: the alternative",
            json!({ "remoteJid": "218830041177123@lid", "remoteJidAlt": "447700900123@s.whatsapp.net", "addressingMode": "lid" }),
            with_lid,
        ),
        (
            "2.4: swapped",
            json!({ "remoteJid": "447700900123@s.whatsapp.net", "remoteJidAlt": "218830041177123@lid", "addressingMode": "pn" }),
            with_lid,
        ),
        (
            "with a device",
            json!({ "remoteJid": "447700900123:7@s.whatsapp.net", "senderLid": "218830041177123:7@lid" }),
            with_lid,
        ),
        (
            "cut at the colon",
            json!({ "remoteJid": "218830041177123", "remoteJidAlt": "447700900123@s.whatsapp.net" }),
            PEER,
        ),
        ("the older domain", json!({ "remoteJid": "447700900123@c.us", "participant": "" }), PEER),
    ] {
        let mut key = key;
        key["id"] = "A1".into();
        key["fromMe"] = false.into();
        assert_eq!(
            upsert(key, text()),
            format!("message A1 {person} @1772460930 text “x” name=Maya Lindqvist"),
            "{layout}"
        );
    }
}

#[test]
fn our_own_number_is_never_the_other_side() {
    // What staff wrote, with the alternative address describing the account itself.
    let key = json!({ "remoteJid": "218830041177123@lid", "remoteJidAlt": "447700900100@s.whatsapp.net", "fromMe": true, "id": "A1" });
    assert_eq!(
        upsert(key, json!({ "conversation": "x" })),
        "echo A1 lid:218830041177123->218830041177123@lid @1772460930 text “x”"
    );
    let key = json!({ "remoteJid": "447700900100@s.whatsapp.net", "fromMe": true, "id": "A1" });
    assert_eq!(upsert(key, json!({ "conversation": "a note to self" })), "ignored own_chat");
}

#[test]
fn chats_that_are_not_one_person_are_left_alone() {
    for (jid, why) in [
        ("120363040000000001@g.us", "group"),
        ("status@broadcast", "broadcast"),
        ("120363040000000001@broadcast", "broadcast"),
        ("120363040000000001@newsletter", "not_a_person"),
        ("13135550002@bot", "not_a_person"),
        ("447700900123@hosted", "not_a_person"),
        ("218830041177123:99@hosted.lid", "not_a_person"),
        ("1@call", "not_a_person"),
    ] {
        for event_name in ["messages.upsert", "send.message"] {
            let data = json!({ "key": { "remoteJid": jid, "id": "A1" }, "message": { "conversation": "x" } });
            assert_eq!(event(event_name, data), format!("ignored {why}"), "{jid}");
        }
    }
}

#[test]
fn text_is_found_inside_all_wrappers() {
    let context = json!({ "messageSecret": "x" });
    for wrapper in [
        "ephemeralMessage",
        "viewOnceMessage",
        "viewOnceMessageV2",
        "viewOnceMessageV2Extension",
        "deviceSentMessage",
        "associatedChildMessage",
        "groupMentionedMessage",
        "botInvokeMessage",
        "documentWithCaptionMessage",
        "editedMessage",
    ] {
        let inner = json!({ "messageContextInfo": context, "extendedTextMessage": { "text": "hidden" } });
        assert_eq!(said(json!({ wrapper: { "message": inner } })), "text “hidden”", "{wrapper}");
    }
    let nested = json!({ "ephemeralMessage": { "message": { "viewOnceMessage": { "message": { "documentWithCaptionMessage": { "message": {
        "documentMessage": { "caption": "my card", "fileName": "card.pdf", "mimetype": "application/pdf" } } } } } } } });
    assert_eq!(said(nested), "document “my card” application/pdf file=card.pdf");
    // Side keys first, the content after them.
    assert_eq!(
        said(
            json!({ "senderKeyDistributionMessage": { "groupId": "x" }, "messageContextInfo": context, "conversation": "x" })
        ),
        "text “x”"
    );
    assert_eq!(said(json!({ "conversation": "", "imageMessage": { "caption": "c" } })), "image “c”");
}

#[test]
fn every_kind_has_its_meaning() {
    for (message, expected) in [
        (
            json!({ "audioMessage": { "seconds": 3, "ptt": false, "mimetype": "audio/mpeg" } }),
            "audio audio/mpeg 3s",
        ),
        (
            json!({ "videoMessage": { "caption": "look", "seconds": "12", "fileLength": { "low": 5, "high": 1, "unsigned": true } } }),
            "video “look” 4294967301B 12s",
        ),
        (json!({ "ptvMessage": { "seconds": 2 } }), "video 2s"),
        (json!({ "stickerMessage": { "mimetype": "image/webp" } }), "sticker image/webp"),
        (
            json!({ "liveLocationMessage": { "degreesLatitude": "51.5", "degreesLongitude": -0.1 } }),
            "location 51.5,-0.1 “” “”",
        ),
        (json!({ "liveLocationMessage": {} }), "unsupported location without coordinates"),
        (
            json!({ "contactMessage": { "displayName": "Tom", "vcard": "BEGIN:VCARD\nTEL;waid=447700900145:+44 7700 900145\nEND:VCARD" } }),
            "contacts Tom +44 7700 900145",
        ),
        (
            json!({ "contactsArrayMessage": { "contacts": [{ "displayName": "Tom" }, { "displayName": "Ana" }] } }),
            "contacts Tom , Ana ",
        ),
        (
            json!({ "listResponseMessage": { "title": "Check-up", "description": "30 minutes", "singleSelectReply": { "selectedRowId": "svc:checkup" } } }),
            "list_reply “Check-up” (30 minutes) payload=svc:checkup",
        ),
        (
            json!({ "interactiveResponseMessage": { "body": { "text": "Thu 10:00" }, "nativeFlowResponseMessage": { "name": "quick_reply", "paramsJson": "{\"id\":\"slot:1\",\"x\":[1]}" } } }),
            "button_reply “Thu 10:00” payload=slot:1",
        ),
        (
            json!({ "interactiveResponseMessage": { "body": { "text": "Check-up" }, "nativeFlowResponseMessage": { "name": "single_select", "paramsJson": "{\"id\":\"svc:1\"}" } } }),
            "list_reply “Check-up” payload=svc:1",
        ),
        (
            json!({ "interactiveResponseMessage": { "body": { "text": "x" }, "nativeFlowResponseMessage": { "paramsJson": "{broken" } } }),
            "button_reply “x”",
        ),
        (json!({ "pollUpdateMessage": { "vote": {} } }), "unsupported pollUpdateMessage"),
        (
            json!({ "placeholderMessage": { "type": "MASK_LINKED_DEVICES" } }),
            "unsupported placeholderMessage",
        ),
        (json!({ "orderMessage": { "orderId": "1" } }), "unsupported orderMessage"),
        (json!({ "somethingNewMessage": { "x": 1 } }), "unsupported somethingNewMessage"),
        (json!({}), "unsupported unknown"),
        (Value::Null, "unsupported unknown"),
    ] {
        assert_eq!(said(message.clone()), expected, "{message}");
    }
}

#[test]
fn the_quoted_message_is_read_from_inside_first() {
    let data = json!({
        "key": phone_key(), "pushName": "447700900123",
        "message": { "extendedTextMessage": { "text": "x", "contextInfo": { "stanzaId": "INSIDE" } } },
        "contextInfo": { "stanzaId": "BESIDE" },
        "messageTimestamp": { "low": 1_772_460_930, "high": 0, "unsigned": true },
    });
    let line = event("messages.upsert", data);
    assert_eq!(line, format!("message A1 {PEER} @1772460930 text “x” reply-to=INSIDE"), "digits are no name");
    let advert = json!({
        "key": phone_key(), "message": { "conversation": "x" }, "messageTimestamp": "1772460930",
        "contextInfo": { "externalAdReply": { "title": "Whitening", "sourceId": "120", "sourceType": "ad", "ctwaClid": "c" } },
    });
    assert!(event("messages.upsert", advert).ends_with("text “x” ad=120"));
}

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

#[test]
fn what_only_surrounds_a_message_is_no_message() {
    for silent in [
        json!({ "albumMessage": { "expectedImageCount": 3, "expectedVideoCount": 1 } }),
        json!({ "pinInChatMessage": { "key": { "id": "B2" }, "type": "PIN_FOR_ALL" } }),
        json!({ "keepInChatMessage": { "key": { "id": "B2" }, "keepType": 1 } }),
        json!({ "encReactionMessage": { "targetMessageKey": { "id": "B2" } } }),
        json!({ "callLogMesssage": { "isVideo": false, "callOutcome": "MISSED" } }),
        json!({ "stickerSyncRmrMessage": { "filehash": ["x"] } }),
    ] {
        assert_eq!(upsert(phone_key(), silent.clone()), "ignored control", "{silent}");
    }
    // The pictures of an album come one by one, each as the child of it.
    let child =
        json!({ "associatedChildMessage": { "message": { "imageMessage": { "caption": "2 of 3" } } } });
    assert_eq!(said(child), "image “2 of 3”");
    // Wrappers nobody had met when this was written look like those before them.
    let new = json!({ "somethingNewV7": { "message": { "ephemeralMessage": { "message": { "conversation": "inside" } } } } });
    assert_eq!(said(new), "text “inside”");
    assert_eq!(said(json!({ "somethingNewV7": { "message": "no object" } })), "unsupported somethingNewV7");
}

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
