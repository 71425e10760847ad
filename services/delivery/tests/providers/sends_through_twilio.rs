use std::time::Duration;

use delivery::domain::outcome::Outcome;
use serde_json::{Value, json};

use crate::server::{ACCOUNT_SID, AMPLE, Server, TEXT, saying, send_through, text, twilio};

const CREATED: &str = include_str!("../fixtures/twilio/twilio-create-201.json");

/// The fields that a content becomes, without those every request has.
async fn request(body: Value) -> Vec<(String, String)> {
    let server = Server::with(201, &[], CREATED).await;
    let outcome = send_through(&twilio(&server.base_url), &saying(body), AMPLE).await;
    assert!(matches!(outcome, Outcome::Accepted { .. }), "{outcome:?}");
    let mut fields = server.seen()[0].form();
    let all = fields.len();
    fields.retain(|(name, _)| !["To", "From", "StatusCallback"].contains(&name.as_str()));
    assert_eq!(fields.len() + 3, all);
    fields
}

fn fields(expected: &[(&str, &str)]) -> Vec<(String, String)> {
    expected.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

#[tokio::test]
async fn the_request_is_what_twilio_reads_and_its_callback_names_the_message() {
    let server = Server::with(201, &[], CREATED).await;
    let mut message = text();
    message.to = "whatsapp:+447700900123".into();
    message.useful_for = Some(Duration::from_secs(600));
    let outcome = send_through(&twilio(&server.base_url), &message, AMPLE).await;
    assert_eq!(outcome, Outcome::Accepted { provider_id: "SM60718293a4b5c6d7e8f90a1b2c3d4e5f".into() });
    let seen = server.seen();
    let path = format!("/2010-04-01/Accounts/{ACCOUNT_SID}/Messages.json");
    assert_eq!((seen[0].method.as_str(), seen[0].uri.path()), ("POST", path.as_str()));
    // AC00112233445566778899aabbccddeeff:evolution-demo-key
    let basic = "Basic QUMwMDExMjIzMzQ0NTU2Njc3ODg5OWFhYmJjY2RkZWVmZjpldm9sdXRpb24tZGVtby1rZXk=";
    assert_eq!(seen[0].headers["authorization"], basic);
    assert_eq!(seen[0].headers["content-type"], "application/x-www-form-urlencoded");
    // Asked to try again: a report that meets our own trouble would otherwise be lost for good.
    let callback = format!(
        "https://desk.example.test/webhooks/twilio/harbour/status/{}#rc=5&rp=all",
        message.reference.uuid()
    );
    let expected = [
        ("To", "whatsapp:+447700900123"),
        ("From", "whatsapp:+447700900300"),
        ("Body", TEXT),
        ("StatusCallback", callback.as_str()),
        ("ValidityPeriod", "600"),
    ];
    assert_eq!(seen[0].form(), fields(&expected));
}

#[tokio::test]
async fn every_kind_in_twilios_words() {
    let link = "https://example.test/file";
    for (said, expected) in [
        // A quotation cannot be sent there.
        (json!({"kind": "text", "text": "Yes & no + é", "reply_to": "SM1"}), vec![("Body", "Yes & no + é")]),
        (
            json!({"kind": "template", "content_sid": "HX1", "variables": ["Ada", "10:00"], "text": "x"}),
            vec![("ContentSid", "HX1"), ("ContentVariables", r#"{"1":"Ada","2":"10:00"}"#)],
        ),
        (
            json!({"kind": "template", "content_sid": "HX1", "variables": {"who": "Ada"}}),
            vec![("ContentSid", "HX1"), ("ContentVariables", r#"{"who":"Ada"}"#)],
        ),
        (json!({"kind": "template", "content_sid": "HX1"}), vec![("ContentSid", "HX1")]),
        (
            json!({"kind": "buttons", "text": "Sure?", "buttons": [{"id": "y", "title": "Yes"}]}),
            vec![("Body", "Sure?\n\n1. Yes")],
        ),
        (
            json!({"kind": "list", "text": "When?", "button": "Choose",
                "sections": [{"rows": [{"id": "a", "title": "10:00"}, {"id": "b", "title": "11:00"}]}]}),
            vec![("Body", "When?\n\n1. 10:00\n2. 11:00")],
        ),
        (
            json!({"kind": "image", "link": link, "text": "A map"}),
            vec![("Body", "A map"), ("MediaUrl", link)],
        ),
        (json!({"kind": "audio", "link": link}), vec![("MediaUrl", link)]),
        (json!({"kind": "document", "link": link, "file_name": "a.pdf"}), vec![("MediaUrl", link)]),
        // Its caption would be lost.
        (
            json!({"kind": "document", "link": link, "text": "Read it"}),
            vec![("Body", "Read it\nhttps://example.test/file")],
        ),
        (
            json!({"kind": "location", "latitude": 51.5, "longitude": -0.1, "name": "Harbour"}),
            vec![("Body", "Harbour"), ("PersistentAction", "geo:51.5,-0.1|Harbour")],
        ),
    ] {
        assert_eq!(request(said).await, fields(&expected));
    }
}
