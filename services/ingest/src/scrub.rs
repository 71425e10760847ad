//! Blotting out what must not be stored or shown: keys of the provider's server, which bridges put into every body.

use std::borrow::Cow;

use http::HeaderMap;

/// Members whose string values are credentials, wherever they stand.
const SECRET: [&[u8]; 4] = [b"apikey", b"api_key", b"apiKey", b"pairingCode"];
/// Members that are credentials beside a pairing code, and harmless elsewhere.
const SECRET_BESIDE_QRCODE: [&[u8]; 2] = [b"code", b"base64"];
/// What a blotted value reads.
const BLOT: &[u8] = b"***";
/// Headers that help to understand a payload and hold no secret.
const SHOWN: [&str; 6] = [
    "content-type",
    "content-length",
    "user-agent",
    "x-event-type",
    "x-timestamp",
    "i-twilio-idempotency-token",
];

/// The bytes with credentials blotted out. Works on bytes, since what is kept need not be JSON, nor text.
#[must_use]
pub fn body(bytes: &[u8]) -> Cow<'_, [u8]> {
    let pairing = find(bytes, b"\"qrcode\"").is_some();
    let is_secret = |name: &[u8]| SECRET.contains(&name) || (pairing && SECRET_BESIDE_QRCODE.contains(&name));
    let mut clean: Option<Vec<u8>> = None;
    let (mut copied, mut at) = (0, 0);
    while let Some(quote) = find(&bytes[at..], b"\"") {
        let start = at + quote + 1;
        let Some(end) = string_end(bytes, start) else { break };
        at = end + 1;
        if !is_secret(&bytes[start..end]) {
            continue;
        }
        let Some(value) = string_after_colon(bytes, at) else { continue };
        let close = string_end(bytes, value).unwrap_or(bytes.len());
        let clean = clean.get_or_insert_with(|| Vec::with_capacity(bytes.len()));
        clean.extend_from_slice(&bytes[copied..value]);
        clean.extend_from_slice(BLOT);
        copied = close;
        at = (close + 1).min(bytes.len());
    }
    match clean {
        None => Cow::Borrowed(bytes),
        Some(mut clean) => {
            clean.extend_from_slice(&bytes[copied..]);
            Cow::Owned(clean)
        }
    }
}

/// The headers worth keeping, as a JSON object.
#[must_use]
pub fn headers(headers: &HeaderMap) -> serde_json::Value {
    let shown = SHOWN.iter().filter_map(|name| {
        let value = headers.get(*name)?.to_str().ok()?;
        Some(((*name).to_owned(), value.chars().take(200).collect::<String>().into()))
    });
    serde_json::Value::Object(shown.collect())
}

fn find(haystack: &[u8], needle: &[u8]) -> Option<usize> {
    haystack.windows(needle.len()).position(|window| window == needle)
}

/// Where the string that starts at `start` (after its quote) ends: at its closing quote.
fn string_end(bytes: &[u8], start: usize) -> Option<usize> {
    let mut at = start;
    while let Some(byte) = bytes.get(at) {
        match byte {
            b'"' => return Some(at),
            b'\\' => at += 2,
            _ => at += 1,
        }
    }
    None
}

/// If a colon and a string follow, where the string starts (after its quote).
fn string_after_colon(bytes: &[u8], at: usize) -> Option<usize> {
    let space = |at: usize| bytes[at..].iter().take_while(|byte| byte.is_ascii_whitespace()).count();
    let colon = at + space(at);
    if bytes.get(colon) != Some(&b':') {
        return None;
    }
    let quote = colon + 1 + space(colon + 1);
    (bytes.get(quote) == Some(&b'"')).then_some(quote + 1)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn clean(text: &str) -> String {
        String::from_utf8(body(text.as_bytes()).into_owned()).unwrap()
    }

    #[test]
    fn keys_of_the_server_are_blotted_out_wherever_they_stand() {
        let text = r#"{"data":{"conversation":"say \"apikey\":\"x\""},"apikey": "0B5E\"7D3C", "api_key":"k","n":null}"#;
        let expected =
            r#"{"data":{"conversation":"say \"apikey\":\"x\""},"apikey": "***", "api_key":"***","n":null}"#;
        assert_eq!(clean(text), expected);
        assert_eq!(clean(r#"{"apikey":null}"#), r#"{"apikey":null}"#);
        assert_eq!(clean("broken \"apikey\" : \"secret"), "broken \"apikey\" : \"***");
        assert_eq!(clean("nothing to do"), "nothing to do");
    }

    #[test]
    fn pairing_codes_are_credentials_and_other_codes_are_not() {
        let text = r#"{"qrcode":{"pairingCode":"AB12","code":"2@ref","base64":"data:image/png"}}"#;
        assert_eq!(clean(text), r#"{"qrcode":{"pairingCode":"***","code":"***","base64":"***"}}"#);
        assert_eq!(clean(r#"{"code":"131047"}"#), r#"{"code":"131047"}"#);
    }

    #[test]
    fn only_harmless_headers_are_kept() {
        let mut given = HeaderMap::new();
        for (name, value) in
            [("authorization", "Bearer x"), ("apikey", "x"), ("content-type", "application/json")]
        {
            given.insert(name, value.parse().unwrap());
        }
        assert_eq!(headers(&given), serde_json::json!({ "content-type": "application/json" }));
    }

    proptest! {
        #[test]
        fn any_bytes_are_survived(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            let _ = body(&bytes);
        }

        #[test]
        fn no_value_survives(before in "[a-z\"\\\\:{} ]{0,20}", value in "[A-Z0-9]{12}") {
            let text = format!("{{\"x\":1,\"apikey\":\"{value}\"}} {before}");
            prop_assert!(!clean(&text).contains(&value));
        }
    }
}
