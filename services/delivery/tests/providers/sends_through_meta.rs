use delivery::domain::outcome::Outcome;
use delivery::providers::{Provider, Signal, SignalKind};
use serde_json::{Value, json};
use tokio::time::Instant;

use crate::server::{AMPLE, KEY, Server, TEXT, TO, meta, providers, saying, send_through, text};

const SENT: &str = include_str!("../fixtures/meta/meta-send-200.json");

/// The request that a content becomes, without what every request has.
async fn request(body: Value) -> Value {
    let server = Server::with(200, &[], SENT).await;
    let outcome = send_through(&meta(&server.base_url), &saying(body), AMPLE).await;
    assert!(matches!(outcome, Outcome::Accepted { .. }), "{outcome:?}");
    let mut json = server.seen()[0].json();
    let fields = json.as_object_mut().unwrap();
    for field in ["messaging_product", "recipient_type", "to", "biz_opaque_callback_data"] {
        assert!(fields.remove(field).is_some(), "{field}");
    }
    json
}

#[tokio::test]
async fn the_request_is_what_meta_reads_and_carries_our_reference() {
    let server = Server::with(200, &[], SENT).await;
    let mut message = text();
    message.to = format!("+{TO}");
    let outcome = send_through(&meta(&server.base_url), &message, AMPLE).await;
    let id = "wamid.HBgMNDQ3NzAwOTAwMTIzFQIAERgSQTFCMkMzRDRFNUY2MDcxODI5AA==";
    assert_eq!(outcome, Outcome::Accepted { provider_id: id.into() });
    let seen = server.seen();
    assert_eq!((seen[0].method.as_str(), seen[0].uri.path()), ("POST", "/v23.0/109876543210987/messages"));
    assert_eq!(seen[0].headers["authorization"], format!("Bearer {KEY}").as_str());
    assert_eq!(seen[0].headers["content-type"], "application/json");
    let expected = json!({
        "messaging_product": "whatsapp", "recipient_type": "individual", "to": TO,
        "biz_opaque_callback_data": format!("fd:{}", message.reference.uuid()),
        "type": "text", "text": {"body": TEXT},
    });
    assert_eq!(seen[0].json(), expected);
}

#[tokio::test]
async fn a_person_without_a_number_is_reached_by_their_id() {
    let server = Server::with(200, &[], SENT).await;
    let mut message = text();
    message.to = "GB.70412233445566778899".into();
    send_through(&meta(&server.base_url), &message, AMPLE).await;
    let json = server.seen()[0].json();
    assert_eq!((&json["recipient"], &json["to"]), (&json!("GB.70412233445566778899"), &Value::Null));
}

#[tokio::test]
async fn every_kind_in_metas_words() {
    let said = json!({"kind": "text", "text": "Yes", "reply_to": "wamid.Q"});
    let expected = json!({"type": "text", "text": {"body": "Yes"}, "context": {"message_id": "wamid.Q"}});
    assert_eq!(request(said).await, expected);

    let said = json!({"kind": "template", "name": "visit", "language": "en_GB", "variables": ["Ada", "10:00"],
        "header": "Harbour", "buttons": ["confirm:1", "cancel:1"], "text": "Ada, you come at 10:00"});
    let expected = json!({"type": "template", "template": {"name": "visit", "language": {"code": "en_GB"}, "components": [
        {"type": "header", "parameters": [{"type": "text", "text": "Harbour"}]},
        {"type": "body", "parameters": [{"type": "text", "text": "Ada"}, {"type": "text", "text": "10:00"}]},
        {"type": "button", "sub_type": "quick_reply", "index": "0", "parameters": [{"type": "payload", "payload": "confirm:1"}]},
        {"type": "button", "sub_type": "quick_reply", "index": "1", "parameters": [{"type": "payload", "payload": "cancel:1"}]},
    ]}});
    assert_eq!(request(said).await, expected);

    let said = json!({"kind": "template", "name": "visit", "language": "en", "variables": {"who": "Ada"}});
    let expected = json!({"type": "template", "template": {"name": "visit", "language": {"code": "en"}, "components": [
        {"type": "body", "parameters": [{"type": "text", "parameter_name": "who", "text": "Ada"}]}]}});
    assert_eq!(request(said).await, expected);

    let said = json!({"kind": "buttons", "text": "Book it?", "footer": "Harbour",
        "buttons": [{"id": "y", "title": "Yes"}, {"id": "n", "title": "No"}]});
    let expected = json!({"type": "interactive", "interactive": {"type": "button", "body": {"text": "Book it?"},
        "footer": {"text": "Harbour"}, "action": {"buttons": [
            {"type": "reply", "reply": {"id": "y", "title": "Yes"}},
            {"type": "reply", "reply": {"id": "n", "title": "No"}}]}}});
    assert_eq!(request(said).await, expected);

    let said = json!({"kind": "list", "text": "When?", "button": "Choose", "header": "Times",
        "sections": [{"title": "Thu", "rows": [{"id": "a", "title": "10:00", "description": "Dr Lee"}]}]});
    let expected = json!({"type": "interactive", "interactive": {"type": "list", "body": {"text": "When?"},
        "header": {"type": "text", "text": "Times"}, "action": {"button": "Choose", "sections": [
            {"title": "Thu", "rows": [{"id": "a", "title": "10:00", "description": "Dr Lee"}]}]}}});
    assert_eq!(request(said).await, expected);

    let link = "https://example.test/file";
    for (said, expected) in [
        (
            json!({"kind": "image", "link": link, "text": "A map"}),
            json!({"type": "image", "image": {"link": link, "caption": "A map"}}),
        ),
        (
            json!({"kind": "document", "link": link, "text": "Read it", "file_name": "a.pdf"}),
            json!({"type": "document", "document": {"link": link, "caption": "Read it", "filename": "a.pdf"}}),
        ),
        (json!({"kind": "audio", "link": link}), json!({"type": "audio", "audio": {"link": link}})),
        (json!({"kind": "video", "link": link}), json!({"type": "video", "video": {"link": link}})),
        (
            json!({"kind": "location", "latitude": 51.5, "longitude": -0.1, "name": "Harbour"}),
            json!({"type": "location", "location": {"latitude": 51.5, "longitude": -0.1, "name": "Harbour"}}),
        ),
    ] {
        assert_eq!(request(said).await, expected);
    }
}

#[tokio::test]
async fn answers_that_do_not_fit_go_as_numbered_text() {
    let buttons: Vec<Value> =
        (1..=4).map(|n| json!({"id": n.to_string(), "title": format!("Time {n}")})).collect();
    let sent = request(json!({"kind": "buttons", "text": "When?", "buttons": buttons})).await;
    let text = "When?\n\n1. Time 1\n2. Time 2\n3. Time 3\n4. Time 4";
    assert_eq!(sent, json!({"type": "text", "text": {"body": text}}));
}

#[tokio::test]
async fn the_template_it_names_goes_instead() {
    let server = Server::with(200, &[], SENT).await;
    let mut message = saying(json!({"kind": "text", "text": "Hello",
        "fallback": {"name": "hello", "language": "en", "variables": []}}));
    message.as_template = true;
    send_through(&meta(&server.base_url), &message, AMPLE).await;
    let json = server.seen()[0].json();
    assert_eq!(json["template"], json!({"name": "hello", "language": {"code": "en"}}));
}

#[tokio::test]
async fn signs_are_read_marks_with_or_without_typing() {
    let server = Server::with(200, &[], r#"{"success":true}"#).await;
    for kind in [SignalKind::Read, SignalKind::Typing] {
        let signal = Signal { kind, to: TO.into(), provider_id: "wamid.Q".into() };
        providers().signal(&meta(&server.base_url), &signal, Instant::now() + AMPLE).await.unwrap();
    }
    let seen = server.seen();
    let read = json!({"messaging_product": "whatsapp", "status": "read", "message_id": "wamid.Q"});
    assert_eq!(seen[0].json(), read);
    assert_eq!(seen[1].json()["typing_indicator"], json!({"type": "text"}));
}
