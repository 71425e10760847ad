use delivery::domain::outcome::Outcome;
use delivery::providers::{Provider, Signal, SignalKind};
use serde_json::{Value, json};
use tokio::time::Instant;

use crate::server::{AMPLE, Server, TO, channel, providers, saying, send_through};

const SENT: &str = include_str!("../fixtures/evolution/evolution-sendtext-201.json");

/// The route and the request that a content becomes.
async fn request(body: Value) -> (String, Value) {
    let server = Server::with(201, &[], SENT).await;
    let outcome = send_through(&channel(&server.base_url), &saying(body), AMPLE).await;
    assert!(matches!(outcome, Outcome::Accepted { .. }), "{outcome:?}");
    let seen = server.seen().remove(0);
    (seen.uri.path().to_owned(), seen.json())
}

#[tokio::test]
async fn every_kind_in_evolutions_words() {
    let link = "https://example.test/file";
    for (said, route, expected) in [
        (
            json!({"kind": "text", "text": "Yes", "reply_to": "3EB0"}),
            "sendText",
            json!({"text": "Yes", "quoted": {"key": {"id": "3EB0"}}}),
        ),
        // Its buttons do not show on every phone.
        (
            json!({"kind": "buttons", "text": "Sure?", "buttons": [{"id": "y", "title": "Yes"}]}),
            "sendText",
            json!({"text": "Sure?\n\n1. Yes"}),
        ),
        (
            json!({"kind": "list", "text": "When?", "button": "Choose",
                "sections": [{"rows": [{"id": "a", "title": "10:00"}]}]}),
            "sendText",
            json!({"text": "When?\n\n1. 10:00"}),
        ),
        // Templates are Meta's; a phone says what they say.
        (
            json!({"kind": "template", "name": "visit", "language": "en", "text": "You come at 10:00"}),
            "sendText",
            json!({"text": "You come at 10:00"}),
        ),
        (
            json!({"kind": "image", "link": link, "text": "A map", "mime_type": "image/png"}),
            "sendMedia",
            json!({"mediatype": "image", "media": link, "caption": "A map", "mimetype": "image/png"}),
        ),
        (
            json!({"kind": "document", "link": link, "file_name": "a.pdf"}),
            "sendMedia",
            json!({"mediatype": "document", "media": link, "fileName": "a.pdf"}),
        ),
        (json!({"kind": "audio", "link": link}), "sendMedia", json!({"mediatype": "audio", "media": link})),
        (json!({"kind": "video", "link": link}), "sendMedia", json!({"mediatype": "video", "media": link})),
        (
            json!({"kind": "location", "latitude": 51.5, "longitude": -0.1, "name": "Harbour"}),
            "sendLocation",
            json!({"latitude": 51.5, "longitude": -0.1, "name": "Harbour", "address": "Harbour"}),
        ),
    ] {
        let (path, mut json) = request(said).await;
        assert_eq!(path, format!("/message/{route}/harbour-dental"));
        assert_eq!(json.as_object_mut().unwrap().remove("number"), Some(json!(TO)));
        assert_eq!(json, expected);
    }
}

#[tokio::test]
async fn signs_have_routes_of_their_own() {
    let server = Server::with(201, &[], "{}").await;
    for kind in [SignalKind::Read, SignalKind::Typing] {
        let signal = Signal { kind, to: TO.into(), provider_id: "3A01".into() };
        providers().signal(&channel(&server.base_url), &signal, Instant::now() + AMPLE).await.unwrap();
    }
    let seen = server.seen();
    assert_eq!(seen[0].uri.path(), "/chat/markMessageAsRead/harbour-dental");
    let chat = format!("{TO}@s.whatsapp.net");
    assert_eq!(seen[0].json(), json!({"readMessages": [{"id": "3A01", "fromMe": false, "remoteJid": chat}]}));
    assert_eq!(seen[1].uri.path(), "/chat/sendPresence/harbour-dental");
    assert_eq!(seen[1].json()["presence"], "composing");
}
