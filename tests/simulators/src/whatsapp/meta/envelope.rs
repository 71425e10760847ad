//! The bodies of Meta's webhooks: what happened to several numbers of several businesses in one envelope.

use serde_json::{Value, json};

use super::number::NumberSpec;

/// Which list of a `value` something belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Message,
    Status,
    /// Typed by staff in the Business app.
    Echo,
    /// What became of a template; of the business account and no number.
    Template,
}

impl Kind {
    fn list(self) -> &'static str {
        match self {
            Self::Message => "messages",
            Self::Status => "statuses",
            Self::Echo => "message_echoes",
            Self::Template => "message_template_status_update",
        }
    }

    fn field(self) -> &'static str {
        match self {
            Self::Message | Self::Status => "messages",
            Self::Echo => "smb_message_echoes",
            Self::Template => "message_template_status_update",
        }
    }

    /// The word in the journal.
    pub fn event(self) -> &'static str {
        self.list()
    }
}

/// One thing that happened, as it stands in its list.
#[derive(Debug, Clone)]
pub(super) struct Piece {
    pub waba_id: String,
    pub phone_number_id: String,
    pub display_number: String,
    pub kind: Kind,
    pub contact: Option<Value>,
    pub value: Value,
}

impl Piece {
    pub fn of(spec: &NumberSpec, kind: Kind, contact: Option<Value>, value: Value) -> Self {
        Self {
            waba_id: spec.waba_id.clone(),
            phone_number_id: spec.phone_number_id.clone(),
            display_number: spec.own_number.clone(),
            kind,
            contact,
            value,
        }
    }
}

/// The body of one call, its text escaped as Meta does: nothing beyond ASCII, no bare slash.
pub(super) fn body<'p>(pieces: impl IntoIterator<Item = &'p Piece>) -> Vec<u8> {
    let mut entries: Vec<Value> = Vec::new();
    for piece in pieces {
        let entry = find_or_add(
            &mut entries,
            |entry| entry["id"] == piece.waba_id,
            || json!({"id": piece.waba_id, "changes": []}),
        );
        let Some(changes) = entry["changes"].as_array_mut() else { continue };
        if piece.kind == Kind::Template {
            changes.push(json!({"field": piece.kind.field(), "value": piece.value}));
            continue;
        }
        let belongs = |change: &Value| {
            change["value"]["metadata"]["phone_number_id"] == piece.phone_number_id
                && change["value"].get(piece.kind.list()).is_some()
        };
        let change = find_or_add(changes, belongs, || empty_change(piece));
        let value = &mut change["value"];
        if let Some(contact) = &piece.contact {
            add_contact(value, contact);
        }
        if let Some(list) = value[piece.kind.list()].as_array_mut() {
            list.push(piece.value.clone());
        }
    }
    escaped(&json!({"object": "whatsapp_business_account", "entry": entries}).to_string()).into_bytes()
}

fn empty_change(piece: &Piece) -> Value {
    json!({
        "value": {
            "messaging_product": "whatsapp",
            "metadata": {
                "display_phone_number": piece.display_number,
                "phone_number_id": piece.phone_number_id,
            },
            piece.kind.list(): [],
        },
        "field": piece.kind.field(),
    })
}

fn find_or_add(
    list: &mut Vec<Value>,
    is_it: impl Fn(&Value) -> bool,
    make: impl FnOnce() -> Value,
) -> &mut Value {
    let at = list.iter().position(is_it).unwrap_or_else(|| {
        list.push(make());
        list.len() - 1
    });
    &mut list[at]
}

/// Each person stands in the list once.
fn add_contact(value: &mut Value, contact: &Value) {
    if !value["contacts"].is_array() {
        value["contacts"] = json!([]);
    }
    if let Some(contacts) = value["contacts"].as_array_mut()
        && !contacts.contains(contact)
    {
        contacts.push(contact.clone());
    }
}

fn escaped(json: &str) -> String {
    let mut out = String::with_capacity(json.len() + 64);
    for letter in json.chars() {
        match letter {
            '/' => out.push_str("\\/"),
            letter if letter.is_ascii() => out.push(letter),
            letter => {
                for unit in letter.encode_utf16(&mut [0; 2]) {
                    out.push_str(&format!("\\u{unit:04x}"));
                }
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn piece(waba: &str, number: &str, kind: Kind, who: &str, text: &str) -> Piece {
        Piece {
            waba_id: waba.to_owned(),
            phone_number_id: number.to_owned(),
            display_number: "447700900200".to_owned(),
            kind,
            contact: Some(json!({"wa_id": who})),
            value: json!({"text": text}),
        }
    }

    #[test]
    fn several_businesses_share_an_envelope_and_people_stand_in_it_once() {
        let pieces = [
            piece("1", "11", Kind::Message, "44", "a"),
            piece("1", "11", Kind::Message, "44", "b"),
            piece("2", "21", Kind::Status, "44", "c"),
            piece("1", "12", Kind::Message, "45", "d"),
        ];
        let body: Value = serde_json::from_slice(&body(&pieces)).unwrap();
        let entries = body["entry"].as_array().unwrap();
        assert_eq!(entries.len(), 2);
        let changes = entries[0]["changes"].as_array().unwrap();
        assert_eq!(changes.len(), 2);
        assert_eq!(changes[0]["value"]["messages"], json!([{"text": "a"}, {"text": "b"}]));
        assert_eq!(changes[0]["value"]["contacts"], json!([{"wa_id": "44"}]));
        assert_eq!(entries[1]["changes"][0]["value"]["statuses"], json!([{"text": "c"}]));
        assert_eq!(entries[1]["changes"][0]["field"], "messages");
    }

    #[test]
    fn the_text_is_escaped_as_meta_does() {
        let body = body(&[piece("1", "11", Kind::Message, "44", "é 👍 a/b \"q\"")]);
        let text = String::from_utf8(body).unwrap();
        assert!(text.contains(r#""\u00e9 \ud83d\udc4d a\/b \"q\"""#), "{text}");
        assert!(text.is_ascii());
    }
}
