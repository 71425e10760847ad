//! The token the bridge can sign its webhooks with. It covers neither the instance nor the body.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, Mac};
use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;
use sha2::Sha256;

use crate::providers::Forged;
use crate::providers::loose::{Integer, Text};

/// How long after its expiry a token is still good. The bridge mints it once per event, for 10 minutes, and repeats
/// the event with the same token for 20 minutes and its time-outs; and a 401 makes it drop the event for good.
const LEEWAY: SignedDuration = SignedDuration::from_mins(30);

#[derive(Deserialize)]
struct Header<'a> {
    #[serde(borrow, default)]
    alg: Text<'a>,
}

#[derive(Deserialize)]
struct Claims {
    #[serde(default)]
    exp: Integer,
}

/// Checks an HS256 token against each key. Answers with the place of the one that fits.
pub(super) fn verify<'k>(
    token: &str,
    keys: impl IntoIterator<Item = &'k [u8]>,
    now: Timestamp,
) -> Result<usize, Forged> {
    let (signed, signature) = token.rsplit_once('.').ok_or(Forged::Malformed)?;
    let (header, claims) = signed.split_once('.').ok_or(Forged::Malformed)?;
    let signature = decode(signature)?;
    let header = decode(header)?;
    let header: Header<'_> = serde_json::from_slice(&header).map_err(|_| Forged::Malformed)?;
    // The algorithm is ours to choose, never the token's.
    if header.alg.get() != Some("HS256") {
        return Err(Forged::Malformed);
    }
    let mut verified = None;
    for (at, key) in keys.into_iter().enumerate() {
        let mut mac = Hmac::<Sha256>::new_from_slice(key).map_err(|_| Forged::Mismatch)?;
        mac.update(signed.as_bytes());
        verified = mac.verify_slice(&signature).is_ok().then_some(at).or(verified);
    }
    let verified = verified.ok_or(Forged::Mismatch)?;
    let claims: Claims = serde_json::from_slice(&decode(claims)?).map_err(|_| Forged::Malformed)?;
    let expires = claims.exp.0.and_then(|exp| Timestamp::from_second(exp).ok()).ok_or(Forged::Malformed)?;
    if now.duration_since(expires) > LEEWAY {
        return Err(Forged::Expired);
    }
    Ok(verified)
}

fn decode(part: &str) -> Result<Vec<u8>, Forged> {
    URL_SAFE_NO_PAD.decode(part.trim_end_matches('=')).map_err(|_| Forged::Malformed)
}

#[cfg(test)]
mod tests {
    use super::*;

    const TOKEN: &str = "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJpYXQiOjE3NzI0NjA5MzAsImV4cCI6MTc3MjQ2MTUzMCwiYXBwIjoiZXZvbHV0aW9uIiwiYWN0aW9uIjoid2ViaG9vayJ9.UWj4Uv_GX2pYnmUhYoN2JZyteegdfxx0FDkWVT5HYVM";
    const KEY: &[u8] = b"frontdesk-demo-jwt-key";
    const EXPIRES: i64 = 1_772_461_530;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    #[test]
    fn the_worked_example_verifies() {
        assert_eq!(verify(TOKEN, [KEY], at(1_772_460_931)), Ok(0));
        assert_eq!(
            verify(TOKEN, [b"another key".as_slice(), KEY], at(1_772_460_931)),
            Ok(1),
            "two during rotation"
        );
        assert_eq!(verify(TOKEN, [b"another key".as_slice()], at(1_772_460_931)), Err(Forged::Mismatch));
    }

    #[test]
    fn late_retries_are_let_in_for_half_an_hour() {
        assert_eq!(verify(TOKEN, [KEY], at(EXPIRES + 615 + 300 + 300)), Ok(0), "the tenth attempt");
        assert_eq!(verify(TOKEN, [KEY], at(EXPIRES + 30 * 60)), Ok(0));
        assert_eq!(verify(TOKEN, [KEY], at(EXPIRES + 30 * 60 + 1)), Err(Forged::Expired));
    }

    #[test]
    fn nothing_but_a_signed_hs256_token_passes() {
        let (signed, _) = TOKEN.rsplit_once('.').unwrap();
        let encode = |text: &str| URL_SAFE_NO_PAD.encode(text);
        let none = format!("{}.{}.", encode(r#"{"alg":"none"}"#), encode(r#"{"exp":99999999999}"#));
        let no_expiry = {
            let signed = format!("{}.{}", encode(r#"{"alg":"HS256"}"#), encode("{}"));
            let mut mac = Hmac::<Sha256>::new_from_slice(KEY).unwrap();
            mac.update(signed.as_bytes());
            format!("{signed}.{}", URL_SAFE_NO_PAD.encode(mac.finalize().into_bytes()))
        };
        for (token, refusal) in [
            (String::new(), Forged::Malformed),
            ("a.b.c".to_owned(), Forged::Malformed),
            (format!("{signed}."), Forged::Mismatch),
            (none, Forged::Malformed),
            (no_expiry, Forged::Malformed),
        ] {
            assert_eq!(verify(&token, [KEY], at(1_772_460_931)), Err(refusal), "{token}");
        }
    }
}
