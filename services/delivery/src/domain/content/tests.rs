use serde_json::{Value, json};

use super::*;

fn read(body: Value) -> Said {
    serde_json::from_value(body).unwrap()
}

#[test]
fn a_text_of_earlier_versions_is_a_text() {
    let said = read(json!({"kind": "text", "text": "Hello"}));
    assert_eq!(said, Said::text("Hello"));
    assert_eq!(serde_json::to_value(&said).unwrap(), json!({"kind": "text", "text": "Hello"}));
}

#[test]
fn every_kind_survives_its_row() {
    for body in [
        json!({"kind": "text", "text": "Hello", "reply_to": "wamid.1", "fallback":
            {"name": "hello", "language": "en", "variables": ["Ada"], "content_sid": "HX1"}}),
        json!({"kind": "template", "name": "hello", "language": "en", "variables": {"who": "Ada"},
            "header": "Hi", "buttons": ["yes"], "text": "Hello Ada"}),
        json!({"kind": "buttons", "text": "Sure?", "buttons": [{"id": "y", "title": "Yes"}]}),
        json!({"kind": "list", "text": "When?", "button": "Choose",
            "sections": [{"rows": [{"id": "1", "title": "Thu", "description": "10:00"}]}]}),
        json!({"kind": "image", "link": "https://example.test/a.png", "text": "A map"}),
        json!({"kind": "document", "link": "https://example.test/a.pdf", "file_name": "a.pdf"}),
        json!({"kind": "audio", "link": "https://example.test/a.ogg"}),
        json!({"kind": "video", "link": "https://example.test/a.mp4", "mime_type": "video/mp4"}),
        json!({"kind": "location", "latitude": 51.5, "longitude": 0.0, "name": "Here"}),
    ] {
        assert_eq!(serde_json::to_value(read(body.clone())).unwrap(), body);
    }
}

#[test]
fn a_template_goes_instead_only_where_one_is_named() {
    let template = Template { name: "hello".into(), ..Template::default() };
    let named = Said { fallback: Some(template.clone()), ..Said::text("Hello") };
    assert_eq!(named.form(false), Form::Free(&named.content));
    assert_eq!(named.form(true), Form::Template(&template));
    let bare = Said::text("Hello");
    assert_eq!(bare.form(true), Form::Free(&bare.content));
    let itself = Said { content: Content::Template(template.clone()), ..Said::text("") };
    assert_eq!(itself.form(false), Form::Template(&template));
}

#[test]
fn debug_forms_tell_nothing() {
    let said = read(
        json!({"kind": "buttons", "text": "Your root canal", "buttons": [{"id": "molar", "title": "Molar"}],
        "fallback": {"name": "reminder", "variables": ["crown"], "text": "Your crown"}}),
    );
    let shown = format!("{said:?} {:?}", said.fallback);
    for private in said.private() {
        assert!(!shown.contains(private), "{shown}");
    }
    assert_eq!(said.private().len(), 5);
}
