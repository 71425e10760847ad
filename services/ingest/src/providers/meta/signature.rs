//! `X-Hub-Signature-256`: HMAC-SHA256 of the raw body with the app's secret. Meta escapes non-ASCII characters and
//! slashes in ways of its own, so only the bytes as they came can be checked.

use hmac::{Hmac, Mac};
use sha2::Sha256;

use crate::providers::Forged;

/// Checks the header against one app's secret.
///
/// # Errors
/// If the header is missing, not of the form `sha256=<64 hex>`, or not this body's.
pub fn verify(header: Option<&[u8]>, body: &[u8], app_secret: &[u8]) -> Result<(), Forged> {
    let header = header.ok_or(Forged::Missing)?;
    let hex = header.strip_prefix(b"sha256=").ok_or(Forged::Malformed)?;
    let expected = decode(hex).ok_or(Forged::Malformed)?;
    let mut mac = Hmac::<Sha256>::new_from_slice(app_secret).map_err(|_| Forged::Mismatch)?;
    mac.update(body);
    mac.verify_slice(&expected).map_err(|_| Forged::Mismatch)
}

fn decode(hex: &[u8]) -> Option<[u8; 32]> {
    let mut bytes = [0; 32];
    if hex.len() != 64 {
        return None;
    }
    for (byte, pair) in bytes.iter_mut().zip(hex.chunks_exact(2)) {
        let digit = |at: usize| char::from(pair[at]).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
        *byte = digit(0)? << 4 | digit(1)?;
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn signed(body: &[u8], secret: &[u8]) -> String {
        let mut mac = Hmac::<Sha256>::new_from_slice(secret).unwrap();
        mac.update(body);
        mac.finalize().into_bytes().iter().fold("sha256=".to_owned(), |hex, byte| format!("{hex}{byte:02x}"))
    }

    #[test]
    fn the_worked_examples_verify() {
        let cases: [(&[u8], &[u8], &str); 2] = [
            (b"secret", b"test", "sha256=0329a06b62cd16b33eb6792be8c60b158d89a2ee3a876fce9a881ebb488c0914"),
            (
                b"frontdesk-demo-app-secret",
                br#"{"object":"whatsapp_business_account","entry":[]}"#,
                "sha256=9e3cb9239cbe8223b166394fe759be417d3902471d7f2e9585d2b7845c0c9412",
            ),
        ];
        for (secret, body, header) in cases {
            assert_eq!(verify(Some(header.as_bytes()), body, secret), Ok(()));
            assert_eq!(
                verify(Some(header.to_uppercase().replace("SHA", "sha").as_bytes()), body, secret),
                Ok(())
            );
            assert_eq!(verify(Some(header.as_bytes()), body, b"other"), Err(Forged::Mismatch));
        }
    }

    #[test]
    fn the_signature_is_over_the_bytes_and_not_over_their_meaning() {
        let escaped = br#"{"text":"Gr\u00fc\u00dfe \ud83d\udc4d https:\/\/example.test\/"}"#;
        let value: serde_json::Value = serde_json::from_slice(escaped).unwrap();
        let reserialised = serde_json::to_vec(&value).unwrap();
        let header = signed(escaped, b"key");
        assert_eq!(verify(Some(header.as_bytes()), escaped, b"key"), Ok(()));
        assert_eq!(verify(Some(header.as_bytes()), &reserialised, b"key"), Err(Forged::Mismatch));
    }

    #[test]
    fn a_header_that_is_none_is_refused() {
        let sha1 = "sha1=0329a06b62cd16b33eb6792be8c60b158d89a2ee";
        let short = "sha256=0329";
        let junk = format!("sha256={}", "z".repeat(64));
        assert_eq!(verify(None, b"test", b"secret"), Err(Forged::Missing));
        for header in [sha1, short, &junk, "", "sha256="] {
            assert_eq!(
                verify(Some(header.as_bytes()), b"test", b"secret"),
                Err(Forged::Malformed),
                "{header}"
            );
        }
    }
}
