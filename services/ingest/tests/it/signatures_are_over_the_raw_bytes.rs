//! What is signed is the bytes as they came: escapes, accents, blank and repeated and unknown fields, ports. A body that
//! means the same and is written differently is another body.

use std::collections::BTreeSet;

use ingest::providers::Provider;
use ingest::providers::{meta, twilio};
use proptest::prelude::*;

use crate::support::fixtures::bytes;
use crate::support::front::Front;
use crate::support::hostile;
use crate::support::sign;

const URL: &str = "https://frontdesk.example.test/in/webhooks/twilio/acme";
const TOKEN: &str = "0123456789abcdef0123456789abcdef";

#[derive(Debug, Clone, Copy)]
enum Style {
    /// Everything but letters and digits as `%XX`.
    Escaped,
    /// The same in small letters, spaces as `+`.
    SmallAndPlus,
    /// Only what must be.
    Plain,
}

/// A form as one of the encoders in the world writes it.
fn encode(fields: &[(String, String)], style: Style) -> Vec<u8> {
    let part = |text: &str| {
        let mut out = String::new();
        for byte in text.bytes() {
            let safe = byte.is_ascii_alphanumeric()
                || (matches!(style, Style::Plain) && byte.is_ascii_graphic() && !b"&=+%".contains(&byte));
            match (byte, style) {
                _ if safe => out.push(char::from(byte)),
                (b' ', Style::SmallAndPlus | Style::Plain) => out.push('+'),
                (_, Style::SmallAndPlus) => out += &format!("%{byte:02x}"),
                _ => out += &format!("%{byte:02X}"),
            }
        }
        out
    };
    let pairs: Vec<String> =
        fields.iter().map(|(name, value)| format!("{}={}", part(name), part(value))).collect();
    pairs.join("&").into_bytes()
}

/// The signature by the letter of the provider's libraries: each distinct value of a name once, sorted.
fn signature(url: &str, fields: &[(String, String)]) -> String {
    let distinct: BTreeSet<(&str, &str)> =
        fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    sign::twilio(url, &distinct.into_iter().collect::<Vec<_>>(), TOKEN)
}

fn is_good(url: &str, body: &[u8], signature: &str) -> bool {
    let signed = twilio::Signed { url, body, signature: Some(signature.as_bytes()) };
    twilio::verify(signed, [TOKEN.as_bytes()]).is_ok()
}

fn fields() -> impl Strategy<Value = Vec<(String, String)>> {
    let name = prop_oneof![
        prop::sample::select(vec!["Body", "From", "NewParameter", "MediaUrl0", "Label"])
            .prop_map(str::to_owned),
        "[A-Za-z.\\[\\]é]{1,12}",
    ];
    let value = prop_oneof![Just(String::new()), Just(" ".to_owned()), ".{0,20}", "[+%&=/;é🙂 ]{0,8}"];
    prop::collection::vec((name, value), 1..12)
}

proptest! {
    #![proptest_config(hostile::cases(256))]

    #[test]
    fn twilio_signs_names_and_values_however_they_are_written(
        fields in fields(),
        style in prop::sample::select(vec![Style::Escaped, Style::SmallAndPlus, Style::Plain]),
        repeat in any::<prop::sample::Index>(),
        rotate in any::<prop::sample::Index>(),
    ) {
        let right = signature(URL, &fields);
        let mut sent = fields.clone();
        sent.push(fields[repeat.index(fields.len())].clone());
        let middle = rotate.index(sent.len());
        sent.rotate_left(middle);
        prop_assert!(is_good(URL, &encode(&sent, style), &right));
        prop_assert!(is_good(&URL.replace(".test/", ".test:443/"), &encode(&sent, style), &right));
        sent.push(("Unknown".to_owned(), "1".to_owned()));
        prop_assert!(!is_good(URL, &encode(&sent, style), &right), "a parameter nobody knows is signed all the same");
    }

    #[test]
    fn meta_signs_every_byte(
        body in prop::collection::vec(any::<u8>(), 1..300),
        at in any::<prop::sample::Index>(),
        bit in 0u8..8,
    ) {
        let right = sign::meta(&body, "secret");
        prop_assert!(meta::verify(Some(right.as_bytes()), &body, b"secret").is_ok());
        let mut other = body.clone();
        other[at.index(body.len())] ^= 1 << bit;
        prop_assert!(meta::verify(Some(right.as_bytes()), &other, b"secret").is_err());
        other.clone_from(&body);
        other.push(b'\n');
        prop_assert!(meta::verify(Some(right.as_bytes()), &other, b"secret").is_err());
    }
}

#[tokio::test]
async fn the_same_json_written_otherwise_is_another_body() {
    let front = Front::start().await;
    let plain = String::from_utf8(bytes(Provider::Meta, "01-text")).unwrap();
    let accents = plain.replace("Thursday", "jeudi à l’été 🙂 a/b");
    let escaped = plain
        .replace("Thursday", r"jeudi \u00e0 l\u2019\u00e9t\u00e9 \ud83d\ude42 a\/b")
        .replace("wamid.", "wamid.x");
    let read: [serde_json::Value; 2] = [
        serde_json::from_str(&accents).unwrap(),
        serde_json::from_str(&escaped.replace("wamid.x", "wamid.")).unwrap(),
    ];
    assert_eq!(read[0], read[1], "the case is wrong");
    for (body, other) in [(&accents, &escaped), (&escaped, &accents)] {
        let signature = sign::meta(body.as_bytes(), crate::support::front::APP_SECRET);
        let headers = [("x-hub-signature-256", signature.as_str())];
        assert_eq!(front.post("/webhooks/meta", &headers, other.as_bytes()).await.status, 401);
        assert_eq!(front.post("/webhooks/meta", &headers, body.as_bytes()).await.counts(), [1, 0, 0, 0]);
    }
    let said = front.json("select body -> 'text' from conversation.item order by seq").await;
    assert_eq!(said[0], said[1]);
    assert!(said[0].as_str().unwrap().contains("jeudi à l’été 🙂 a/b"));
}

#[tokio::test]
async fn twilio_with_blank_repeated_and_unknown_parameters_through_the_door() {
    let front = Front::start().await;
    let sample = String::from_utf8(bytes(Provider::Twilio, "01-inbound-text")).unwrap();
    for (number, extra) in
        ["&Label=", "&NewThing=%C3%A9%F0%9F%99%82&NewThing=2", "&Empty=&A%5B%5D=1%2B1"].iter().enumerate()
    {
        let sid = format!("SM0a1b2c3d4e5f60718293a4b5c6d7e8{number:02}");
        let body = sample.replace("SM0a1b2c3d4e5f60718293a4b5c6d7e8f9", &sid) + extra;
        assert_eq!(front.twilio("/webhooks/twilio/acme", body.as_bytes()).await.status, 200, "{extra}");
        // Whoever adds a field on the way breaks the seal.
        let fields = [("x-twilio-signature", "3YEuwy/OGhVAK2cznd7vrTh8nq0=")];
        assert_eq!(front.post("/webhooks/twilio/acme", &fields, body.into_bytes()).await.status, 401);
    }
    assert_eq!(front.count("select count(*) from conversation.item").await, 3);
}
