//! How Meta and Twilio sign what they send.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, Mac};
use sha1::Sha1;
use sha2::Sha256;

/// The value of `X-Hub-Signature-256`: over the raw bytes, with the app's secret.
pub(super) fn meta(app_secret: &str, body: &[u8]) -> String {
    format!("sha256={}", hex(&sha256(app_secret.as_bytes(), body)))
}

/// The value of the older `X-Hub-Signature`, which comes along.
pub(super) fn meta_legacy(app_secret: &str, body: &[u8]) -> String {
    format!("sha1={}", hex(&sha1(app_secret.as_bytes(), body)))
}

/// The value of `X-Twilio-Signature`: over the address as configured and the fields sorted by name, with the
/// account's token. A name given twice counts once for each value.
pub(super) fn twilio<N: AsRef<str>, V: AsRef<str>>(token: &str, url: &str, fields: &[(N, V)]) -> String {
    let mut sorted: Vec<(&str, &str)> =
        fields.iter().map(|(name, value)| (name.as_ref(), value.as_ref())).collect();
    sorted.sort_unstable();
    sorted.dedup();
    let mut signed = url.to_owned();
    for (name, value) in sorted {
        signed.push_str(name);
        signed.push_str(value);
    }
    STANDARD.encode(sha1(token.as_bytes(), signed.as_bytes()))
}

fn sha256(key: &[u8], message: &[u8]) -> Vec<u8> {
    // A key of any length will do.
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(key) else { return Vec::new() };
    mac.update(message);
    mac.finalize().into_bytes().to_vec()
}

fn sha1(key: &[u8], message: &[u8]) -> Vec<u8> {
    let Ok(mut mac) = Hmac::<Sha1>::new_from_slice(key) else { return Vec::new() };
    mac.update(message);
    mac.finalize().into_bytes().to_vec()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn meta_signs_as_published() {
        let examples = [
            ("secret", "test", "0329a06b62cd16b33eb6792be8c60b158d89a2ee3a876fce9a881ebb488c0914"),
            (
                "frontdesk-demo-app-secret",
                r#"{"object":"whatsapp_business_account","entry":[]}"#,
                "9e3cb9239cbe8223b166394fe759be417d3902471d7f2e9585d2b7845c0c9412",
            ),
        ];
        for (secret, body, digest) in examples {
            assert_eq!(meta(secret, body.as_bytes()), format!("sha256={digest}"));
        }
    }

    #[test]
    fn twilio_signs_as_published() {
        let fields = [
            ("CallSid", "CA1234567890ABCDE"),
            ("Caller", "+12349013030"),
            ("Digits", "1234"),
            ("From", "+12349013030"),
            ("To", "+18005551212"),
        ];
        let url = "https://mycompany.com/myapp.php?foo=1&bar=2";
        assert_eq!(twilio("12345", url, &fields), "0/KCTR6DLpKmkAf8muzZqo1nDgQ=");
        let twice = [("A", "2"), ("A", "1"), ("A", "2"), ("B", "")];
        let url = "https://frontdesk.example.test/hooks/twilio/acme";
        let token = "0123456789abcdef0123456789abcdef";
        assert_eq!(twilio(token, url, &twice), "PZf+qoQyXUNF5+NElFhl82nWmN4=");
    }
}
