//! Kinds, fields and batches other than the samples show.

use ingest::domain::Route;
use ingest::providers::{Provider, meta};
use serde_json::{Value, json};

use crate::support::fixtures::{bytes, lines};

const PEER: &str = "+447700900123->447700900123";

fn request(value: Value) -> Value {
    json!({ "object": "whatsapp_business_account", "entry": [
        { "id": "204060801030507", "changes": [{ "field": "messages", "value": value }] }
    ] })
}

fn value(part: &str, pieces: Value) -> Value {
    let mut value = json!({ "messaging_product": "whatsapp", "metadata": { "phone_number_id": "1098" } });
    value[part] = pieces;
    value
}

fn read(body: &Value) -> Vec<String> {
    let parsed = meta::parse(body.to_string().as_bytes()).unwrap();
    assert_eq!(parsed.rejected, []);
    lines(&parsed)
}

/// What one message of this type says.
fn said(kind: &str, body: Value) -> String {
    let mut message = json!({ "id": "W1", "timestamp": "1772460930", "from": "447700900123", "type": kind });
    if !body.is_null() {
        message[kind] = body;
    }
    let line = read(&request(value("messages", json!([message])))).remove(0);
    line.strip_prefix(&format!("1098: message W1 {PEER} @1772460930 ")).map_or(line.clone(), str::to_owned)
}

#[test]
fn every_kind_has_its_meaning() {
    for (kind, body, expected) in [
        (
            "document",
            json!({ "id": "7", "mime_type": "application/pdf", "filename": "card.pdf", "caption": "mine" }),
            "document “mine” application/pdf file=card.pdf id=7",
        ),
        ("video", json!({ "id": "7", "mime_type": "video/mp4" }), "video video/mp4 id=7"),
        (
            "sticker",
            json!({ "id": "7", "mime_type": "image/webp", "animated": true }),
            "sticker image/webp id=7",
        ),
        ("audio", json!({ "id": "7", "mime_type": "audio/mpeg" }), "audio audio/mpeg id=7"),
        (
            "button",
            json!({ "payload": "confirm:8812", "text": "Confirm" }),
            "button_reply “Confirm” payload=confirm:8812",
        ),
        (
            "interactive",
            json!({ "type": "nfm_reply", "nfm_reply": { "name": "flow", "body": "Sent", "response_json": "{\"a\":1}" } }),
            "button_reply “Sent” payload={\"a\":1}",
        ),
        ("interactive", Value::Null, "unsupported interactive"),
        (
            "contacts",
            json!([{ "name": { "formatted_name": "Tom Okafor" }, "phones": [{ "phone": "+44 7700 900145" }] }]),
            "contacts Tom Okafor +44 7700 900145",
        ),
        ("order", json!({ "catalog_id": "1" }), "unsupported order"),
        ("something_new", json!({ "x": 1 }), "unsupported something_new"),
        ("unknown", Value::Null, "unsupported unknown"),
        ("image", Value::Null, "unsupported image"),
        ("request_welcome", Value::Null, "1098: ignored chat_opened"),
    ] {
        assert_eq!(said(kind, body.clone()), expected, "{kind} {body}");
    }
}

#[test]
fn a_reaction_without_emoji_was_taken_away() {
    for body in [json!({ "message_id": "W0" }), json!({ "message_id": "W0", "emoji": "" })] {
        assert_eq!(said("reaction", body), format!("1098: reaction W1 {PEER} @1772460930 (removed) on W0"));
    }
}

#[test]
fn an_edit_carries_the_new_content() {
    let body =
        json!({ "original_message_id": "W0", "message": { "type": "text", "text": { "body": "Friday" } } });
    assert_eq!(said("edit", body), format!("1098: edit W1 {PEER} @1772460930 of W0 to text “Friday”"));
}

#[test]
fn a_person_without_a_number_is_known_by_the_scoped_id() {
    let message = json!({ "id": "W1", "timestamp": "1772460930", "from_user_id": "GB.7041", "type": "text", "text": { "body": "x" } });
    let mut with_contact = value("messages", json!([message]));
    with_contact["contacts"] = json!([
        { "profile": { "name": "Someone Else" }, "user_id": "GB.9999" },
        { "profile": { "username": "maya.l" }, "user_id": "GB.7041" },
    ]);
    assert_eq!(
        read(&request(with_contact)),
        ["1098: message W1 GB.7041->GB.7041 @1772460930 text “x” name=maya.l"]
    );
    assert_eq!(
        read(&request(value("messages", json!([message])))),
        ["1098: message W1 GB.7041->GB.7041 @1772460930 text “x”"]
    );
    // The contact adds the name the message leaves out.
    let by_number = json!({ "id": "W1", "timestamp": "1772460930", "from": "447700900123", "type": "text", "text": { "body": "x" } });
    let mut joined = value("messages", json!([by_number]));
    joined["contacts"] =
        json!([{ "profile": { "name": "Maya" }, "wa_id": "447700900123", "user_id": "GB.7041" }]);
    assert_eq!(
        read(&request(joined)),
        ["1098: message W1 +447700900123|GB.7041->447700900123 @1772460930 text “x” name=Maya"]
    );
}

#[test]
fn a_change_of_number_names_both() {
    let changed = json!({ "type": "user_changed_number", "body": "…", "wa_id": "447700900999" });
    assert_eq!(
        said("system", changed),
        format!("1098: identity_change {PEER} to +447700900999->447700900999")
    );
    assert_eq!(said("system", json!({ "type": "customer_identity_changed" })), "1098: ignored control");
}

#[test]
fn what_staff_type_in_the_app_is_an_echo() {
    let body = json!({ "object": "whatsapp_business_account", "entry": [{ "id": "2040", "changes": [{
        "field": "smb_message_echoes",
        "value": {
            "metadata": { "phone_number_id": "1098" },
            "message_echoes": [{ "from": "447700900200", "to": "447700900123", "id": "W9", "timestamp": "1772460930",
                                 "type": "text", "text": { "body": "Of course" } }],
        },
    }] }] });
    assert_eq!(read(&body), [format!("1098: echo W9 {PEER} @1772460930 text “Of course”")]);
}

/// What the app's own messages and the histories beside them say: businesses that use the app and the interface together.
fn coexisting(field: &str, mut value: Value) -> Vec<String> {
    value["metadata"] = json!({ "phone_number_id": "1098", "display_phone_number": "447700900200" });
    read(&json!({ "object": "whatsapp_business_account", "entry": [
        { "id": "204060801030507", "changes": [{ "field": field, "value": value }] }
    ] }))
}

#[test]
fn what_staff_change_in_the_app_is_no_turn_of_the_customer() {
    let echo = |kind: &str, body: Value| {
        let mut echo = json!({ "from": "447700900200", "to": "447700900123", "id": "W9", "timestamp": "1772460930", "type": kind });
        echo[kind] = body;
        coexisting("smb_message_echoes", json!({ "message_echoes": [echo] }))
    };
    let edit =
        json!({ "original_message_id": "W8", "message": { "type": "text", "text": { "body": "Friday" } } });
    assert_eq!(echo("edit", edit), ["1098: ignored own_change"]);
    assert_eq!(echo("revoke", json!({ "original_message_id": "W8" })), ["1098: ignored own_change"]);
    assert_eq!(echo("reaction", json!({ "message_id": "W8", "emoji": "👍" })), ["1098: ignored own_change"]);
    let picture =
        json!({ "id": "7", "mime_type": "image/jpeg", "sha256": "x", "url": "https://media.example.test/7" });
    assert_eq!(echo("image", picture), [format!("1098: echo W9 {PEER} @1772460930 image image/jpeg id=7")]);
}

#[test]
fn what_was_said_before_the_business_came_is_no_turn() {
    let threads = json!([{ "metadata": { "phase": 0, "chunk_order": 1, "progress": 55 }, "threads": [{ "id": "447700900123",
        "messages": [{ "from": "447700900123", "id": "W1", "timestamp": "1739230955", "type": "text", "text": { "body": "Hi" },
                       "history_context": { "status": "READ" } }] }] }]);
    assert_eq!(coexisting("history", json!({ "history": threads })), ["1098: ignored account_news"]);
    let declined = json!([{ "errors": [{ "code": 2_593_109, "title": "History sharing is turned off" }] }]);
    assert_eq!(coexisting("history", json!({ "history": declined })), ["1098: ignored account_news"]);
    let contact =
        json!([{ "type": "contact", "action": "add", "contact": { "phone_number": "447700900123" } }]);
    assert_eq!(
        coexisting("smb_app_state_sync", json!({ "state_sync": contact })),
        ["1098: ignored account_news"]
    );
    let stopped = json!([{ "wa_id": "447700900123", "category": "marketing_messages", "value": "stop", "timestamp": 1_731_705_721 }]);
    assert_eq!(
        coexisting("user_preferences", json!({ "user_preferences": stopped })),
        ["1098: ignored account_news"]
    );
    let call =
        json!([{ "id": "wacid.1", "from": "447700900123", "event": "connect", "timestamp": "1671644824" }]);
    assert_eq!(coexisting("calls", json!({ "calls": call })), ["1098: ignored account_news"]);
}

#[test]
fn a_tap_that_lost_its_object_is_a_message_and_the_error_beside_it_a_signal() {
    let mut body = value(
        "messages",
        json!([{ "context": { "from": "1098", "id": "W0" }, "from": "447700900123", "id": "W1",
        "timestamp": "1772460930", "type": "interactive" }]),
    );
    body["errors"] =
        json!([{ "code": 131_000, "title": "Something went wrong", "error_data": { "details": "x" } }]);
    assert_eq!(
        read(&request(body)),
        [
            format!("1098: message W1 {PEER} @1772460930 unsupported interactive reply-to=W0"),
            "1098: channel_signal 131000".to_owned(),
        ]
    );
}

#[test]
fn statuses_of_any_price_and_recipient() {
    let pieces = json!([
        { "id": "W1", "status": "sent", "timestamp": 1_772_461_231, "recipient_id": "447700900123", "pricing": { "billable": false,
          "pricing_model": "PMP", "category": "utility", "type": "free_customer_service" }, "biz_opaque_callback_data": "fd:x" },
        { "id": "W2", "status": "read", "timestamp": "1772461231", "recipient_id": "120363", "recipient_type": "group",
          "recipient_participant_id": "447700900123", "conversation": null, "errors": null },
    ]);
    assert_eq!(
        read(&request(value("statuses", pieces))),
        ["1098: receipt W1 sent @1772461231 ref=fd:x", "1098: receipt W2 read @1772461231"]
    );
}

#[test]
fn groups_are_left_alone() {
    let message = json!({ "id": "W1", "from": "447700900123", "group_id": "g", "type": "text", "text": { "body": "x" } });
    assert_eq!(read(&request(value("messages", json!([message])))), ["1098: ignored group"]);
}

#[test]
fn statuses_need_nothing_but_id_and_status() {
    let status = |status: &str| json!({ "id": "W1", "status": status, "timestamp": "1772461231", "recipient_user_id": "GB.7041" });
    let pieces = json!([status("read"), status("played"), status("sent"), status("deleted"), { "id": "W2", "status": "failed", "errors": [{ "code": 131_026 }, { "code": 1 }] }]);
    assert_eq!(
        read(&request(value("statuses", pieces))),
        [
            "1098: receipt W1 read @1772461231",
            "1098: receipt W1 read @1772461231",
            "1098: receipt W1 sent @1772461231",
            "1098: ignored no_receipt",
            "1098: receipt W2 failed @- error=131026",
        ]
    );
}

#[test]
fn one_request_can_be_for_several_businesses() {
    let mut first: Value = serde_json::from_slice(&bytes(Provider::Meta, "01-text")).unwrap();
    let mut second: Value = serde_json::from_slice(&bytes(Provider::Meta, "12-status-sent")).unwrap();
    second["entry"][0]["id"] = "999".into();
    second["entry"][0]["changes"][0]["value"]["metadata"]["phone_number_id"] = "555".into();
    let template = json!({ "field": "message_template_status_update", "value": { "event": "PAUSED",
        "message_template_name": "visit", "message_template_language": "en" } });
    second["entry"][0]["changes"].as_array_mut().unwrap().push(template);
    first["entry"].as_array_mut().unwrap().append(second["entry"].as_array_mut().unwrap());
    let parsed = meta::parse(first.to_string().as_bytes()).unwrap();
    let routes: Vec<_> = parsed.events.iter().map(|event| event.route.clone()).collect();
    assert_eq!(
        routes,
        [
            Route::MetaNumber("109876543210987".into()),
            Route::MetaNumber("555".into()),
            Route::MetaAccount("999".into()),
        ]
    );
}

#[test]
fn a_piece_that_makes_no_sense_leaves_the_others() {
    let text = |id: &str, body: &str| json!({ "id": id, "from": "447700900123", "timestamp": "1", "type": "text", "text": { "body": body } });
    let pieces = json!([
        text("W1", "first"), 7, null, text("W2", "SURROGATE"), { "id": "W3", "from": "447700900123" },
        { "from": "447700900123", "type": "text", "text": { "body": "x" } }, { "id": "W4", "type": "text", "text": { "body": "x" } },
        { "id": "W5", "from": "447700900123", "type": "text", "text": {} }, text("W6", "last"),
    ]);
    let mut body = request(value("messages", pieces));
    body["entry"].as_array_mut().unwrap().insert(0, json!("no entry"));
    body["entry"][1]["changes"].as_array_mut().unwrap().push(json!([]));
    body["entry"][1]["changes"].as_array_mut().unwrap().push(json!({ "field": "messages" }));
    body["entry"][1]["changes"]
        .as_array_mut()
        .unwrap()
        .push(json!({ "field": "messages", "value": { "contacts": [] } }));
    let body = body.to_string().replace("SURROGATE", r"\ud83d");
    let parsed = meta::parse(body.as_bytes()).unwrap();
    assert_eq!(
        lines(&parsed),
        [
            format!("1098: message W1 {PEER} @1 text “first”"),
            format!("1098: message W6 {PEER} @1 text “last”"),
        ]
    );
    let places: Vec<_> = parsed.rejected.iter().map(|rejected| rejected.at.as_str()).collect();
    let in_messages = |index: usize| format!("entry[1].changes[0].value.messages[{index}]");
    assert_eq!(
        places,
        [
            "entry[0]".to_owned(),
            in_messages(1),
            in_messages(2),
            in_messages(3),
            in_messages(4),
            in_messages(5),
            in_messages(6),
            in_messages(7),
            "entry[1].changes[1]".to_owned(),
            "entry[1].changes[2]".to_owned(),
            "entry[1].changes[3].value".to_owned(),
        ]
    );
}

#[test]
fn escapes_are_read_as_characters() {
    let body = br#"{"object":"whatsapp_business_account","entry":[{"id":"1","changes":[{"field":"messages","value":{"metadata":{"phone_number_id":"1098"},"messages":[{"from":"447700900123","id":"W1","timestamp":"1772460930","type":"text","text":{"body":"Gr\u00fc\u00dfe \ud83d\udc4d https:\/\/example.test\/"}}]}}]}]}"#;
    let parsed = meta::parse(body).unwrap();
    assert_eq!(
        lines(&parsed),
        [format!("1098: message W1 {PEER} @1772460930 text “Grüße 👍 https://example.test/”")]
    );
}

#[test]
fn what_is_no_envelope_is_refused_as_a_whole() {
    for body in [
        "",
        "{}",
        "[]",
        "{\"object\":\"page\",\"entry\":[]}",
        "{\"object\":\"whatsapp_business_account\"}",
        "{\"object\":",
    ] {
        assert!(meta::parse(body.as_bytes()).is_err(), "{body}");
    }
    let empty = meta::parse(br#"{"object":"whatsapp_business_account","entry":[]}"#).unwrap();
    assert_eq!((empty.events.len(), empty.rejected.len()), (0, 1));
}

/// What one change of a field of the account says.
fn news(field: &str, value: Value) -> Vec<String> {
    read(&json!({ "object": "whatsapp_business_account", "entry": [
        { "id": "204060801030507", "changes": [{ "field": field, "value": value }] }
    ] }))
}

#[test]
fn news_of_templates_names_the_template_and_what_became_of_it() {
    let of = |more: Value| {
        let mut value = json!({ "message_template_id": 594_182_039_100_000_i64, "message_template_name": "visit",
            "message_template_language": "en_GB" });
        if let (Some(value), Value::Object(more)) = (value.as_object_mut(), more) {
            value.extend(more);
        }
        value
    };
    for (event, line) in [
        ("APPROVED", "status approved"),
        ("REINSTATED", "status approved"),
        ("FLAGGED", "status approved"),
        ("PENDING", "status pending"),
        ("PAUSED", "status paused"),
        ("DISABLED", "status disabled"),
        ("PENDING_DELETION", "status deleted"),
    ] {
        let said = news("message_template_status_update", of(json!({ "event": event, "reason": "NONE" })));
        assert_eq!(said, [format!("account 204060801030507: template visit/en_GB {line}")]);
    }
    let rejected = of(json!({ "event": "REJECTED", "reason": "INVALID_FORMAT" }));
    let paused = of(json!({ "event": "PAUSED", "reason": null, "other_info": { "title": "FIRST_PAUSE" } }));
    let scored = of(json!({ "previous_quality_score": "GREEN", "new_quality_score": "RED" }));
    let moved = of(json!({ "previous_category": "UTILITY", "new_category": "MARKETING" }));
    let unheard = of(json!({ "event": "DANCING" }));
    for (field, value, line) in [
        ("message_template_status_update", rejected, "template visit/en_GB status rejected (INVALID_FORMAT)"),
        ("message_template_status_update", paused, "template visit/en_GB status paused (FIRST_PAUSE)"),
        ("message_template_quality_update", scored, "template visit/en_GB quality red"),
        ("template_category_update", moved, "template visit/en_GB category marketing"),
        ("message_template_status_update", unheard, "ignored account_news"),
        ("account_update", json!({ "event": "DISABLED_UPDATE" }), "channel_signal DISABLED_UPDATE"),
        ("phone_number_quality_update", json!({ "event": "FLAGGED" }), "channel_signal FLAGGED"),
        ("security", json!({ "event": "PIN_CHANGED" }), "ignored account_news"),
    ] {
        assert_eq!(news(field, value), [format!("account 204060801030507: {line}")]);
    }
    let nameless = json!({ "event": "PAUSED", "message_template_language": "en" });
    let body = json!({ "object": "whatsapp_business_account", "entry": [{ "id": "2", "changes": [
        { "field": "message_template_status_update", "value": nameless }] }] });
    let parsed = meta::parse(body.to_string().as_bytes()).unwrap();
    assert_eq!(parsed.rejected[0].detail, "message_template_name is missing");
}
