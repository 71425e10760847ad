//! `X-Twilio-Signature`: HMAC-SHA1 with the Auth Token over the public URL and the form's fields.

use std::borrow::Cow;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, Mac};
use sha1::Sha1;
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

use crate::providers::Forged;
use crate::providers::form;

/// A request as far as its signature covers it.
#[derive(Clone, Copy)]
pub struct Signed<'a> {
    /// The address Twilio was told to call, with query and without fragment: the public one, whatever proxies made
    /// of it on the way.
    pub url: &'a str,
    /// The raw body.
    pub body: &'a [u8],
    /// The header's value.
    pub signature: Option<&'a [u8]>,
}

/// Checks a request against each of an account's tokens (two while one is being replaced).
///
/// # Errors
/// If the header is missing or matches none of them.
pub fn verify<'t>(request: Signed<'_>, tokens: impl IntoIterator<Item = &'t [u8]>) -> Result<(), Forged> {
    proven_by(request, tokens).map(drop)
}

/// The same, and the place of the token that fits.
///
/// # Errors
/// If the header is missing or matches none of them.
pub fn proven_by<'t>(
    request: Signed<'_>,
    tokens: impl IntoIterator<Item = &'t [u8]>,
) -> Result<usize, Forged> {
    let signature = request.signature.ok_or(Forged::Missing)?;
    let signature = STANDARD.decode(signature).map_err(|_| Forged::Malformed)?;
    let query = request.url.split_once('?').map_or("", |(_, query)| query);
    let fields = match body_digest(query) {
        // A JSON body is covered by a digest in the query instead of by its fields.
        Some(expected) => {
            let actual = Sha256::digest(request.body);
            if !bool::from(actual.as_slice().ct_eq(&expected)) {
                return Err(Forged::Mismatch);
            }
            Vec::new()
        }
        None => sorted(request.body),
    };
    let urls = spellings(request.url);
    let mut verified = None;
    for (at, token) in tokens.into_iter().enumerate() {
        for url in &urls {
            let mut mac = Hmac::<Sha1>::new_from_slice(token).map_err(|_| Forged::Mismatch)?;
            mac.update(url.as_bytes());
            for (name, value) in &fields {
                mac.update(name);
                mac.update(value);
            }
            verified = mac.verify_slice(&signature).is_ok().then_some(at).or(verified);
        }
    }
    verified.ok_or(Forged::Mismatch)
}

/// The fields in the order in which they are signed: by name, then value; a repeated pair counts once.
fn sorted(body: &[u8]) -> Vec<form::Pair<'_>> {
    let mut fields = form::pairs(body);
    fields.sort_unstable();
    fields.dedup();
    fields
}

/// The `bodySHA256` of a query.
fn body_digest(query: &str) -> Option<Vec<u8>> {
    let pairs = form::pairs(query.as_bytes());
    let (_, hex) = pairs.iter().find(|(name, _)| name.as_ref() == b"bodySHA256")?;
    let digit = |byte: u8| char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    // A digest that is none matches nothing; it must not fall back to the fields.
    Some(hex.chunks(2).map_while(|pair| Some(digit(*pair.first()?)? << 4 | digit(*pair.get(1)?)?)).collect())
}

/// The spellings under which the same address may have been signed: as configured, and with and without the port that
/// its scheme implies. Signers are not consistent about it.
fn spellings(url: &str) -> Vec<Cow<'_, str>> {
    let mut spellings = vec![Cow::Borrowed(url)];
    let Some((scheme, rest)) = url.split_once("://") else { return spellings };
    let standard = match scheme {
        "https" => ":443",
        "http" => ":80",
        _ => return spellings,
    };
    let (authority, path) = rest.split_at(rest.find(['/', '?']).unwrap_or(rest.len()));
    let host = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
    // The colons inside an IPv6 address are not the port's.
    let port = host.rfind(':').filter(|at| !host[*at..].contains(']')).map(|at| &host[at..]);
    match port {
        None => spellings.push(Cow::Owned(format!("{scheme}://{authority}{standard}{path}"))),
        Some(port) => {
            let without = authority.strip_suffix(port).unwrap_or(authority);
            spellings.push(Cow::Owned(format!("{scheme}://{without}{path}")));
        }
    }
    spellings
}

#[cfg(test)]
mod tests {
    use super::*;

    const TOKEN: &[u8] = b"0123456789abcdef0123456789abcdef";
    const URL: &str = "https://frontdesk.example.test/hooks/twilio/acme";

    fn check(url: &str, body: &[u8], signature: &str, token: &[u8]) -> Result<(), Forged> {
        verify(Signed { url, body, signature: Some(signature.as_bytes()) }, [token])
    }

    #[test]
    fn the_published_vector_verifies() {
        let body = b"CallSid=CA1234567890ABCDE&Caller=%2B12349013030&Digits=1234&From=%2B12349013030&To=%2B18005551212";
        let url = "https://mycompany.com/myapp.php?foo=1&bar=2";
        assert_eq!(check(url, body, "0/KCTR6DLpKmkAf8muzZqo1nDgQ=", b"12345"), Ok(()));
        assert_eq!(check(url, body, "0/KCTR6DLpKmkAf8muzZqo1nDgQ=", b"12346"), Err(Forged::Mismatch));
    }

    #[test]
    fn blank_values_and_both_port_spellings_count() {
        let body = b"MessageSid=SM0a1b2c3d4e5f60718293a4b5c6d7e8f9&From=whatsapp%3A%2B447700900123&To=whatsapp%3A%2B447700900300&Body=Yes+%26+no&NumMedia=0&Label=";
        assert_eq!(check(URL, body, "T54kevno6KkEJ6I+i6ClPsIfQ24=", TOKEN), Ok(()));
        // Signed with the port, configured without it, and the other way round.
        assert_eq!(check(URL, body, "K7OYRHTIlJZgSjIGXQ41FJycCdY=", TOKEN), Ok(()));
        let with_port = URL.replace(".test/", ".test:443/");
        assert_eq!(check(&with_port, body, "T54kevno6KkEJ6I+i6ClPsIfQ24=", TOKEN), Ok(()));
        assert_eq!(check(&with_port, body, "K7OYRHTIlJZgSjIGXQ41FJycCdY=", TOKEN), Ok(()));
        let changed = body.to_ascii_uppercase();
        assert_eq!(check(URL, &changed, "T54kevno6KkEJ6I+i6ClPsIfQ24=", TOKEN), Err(Forged::Mismatch));
    }

    #[test]
    fn a_repeated_name_counts_each_distinct_value_once() {
        for body in [b"A=2&A=1&A=2&B=".as_slice(), b"B=&A=1&A=2&A=2"] {
            assert_eq!(check(URL, body, "PZf+qoQyXUNF5+NElFhl82nWmN4=", TOKEN), Ok(()));
        }
        assert_eq!(check(URL, b"A=1&A=2", "PZf+qoQyXUNF5+NElFhl82nWmN4=", TOKEN), Err(Forged::Mismatch));
    }

    #[test]
    fn a_json_body_is_covered_by_its_digest() {
        let url =
            format!("{URL}?bodySHA256=93a23971a914e5eacbf0a8d25154cda309c3c1c72fbb9914d47c60f3cb681588");
        let signature = "RmIY8rilQxbCVweNKTCooxdjtOM=";
        assert_eq!(check(&url, br#"{"hello":"world"}"#, signature, TOKEN), Ok(()));
        assert_eq!(check(&url, br#"{"hello":"World"}"#, signature, TOKEN), Err(Forged::Mismatch));
        let cut = url.replace("93a23971", "");
        assert_eq!(check(&cut, br#"{"hello":"world"}"#, signature, TOKEN), Err(Forged::Mismatch));
    }

    #[test]
    fn either_token_serves_during_a_rotation() {
        let signature = Some(b"PZf+qoQyXUNF5+NElFhl82nWmN4=".as_slice());
        let request = Signed { url: URL, body: b"A=2&A=1&A=2&B=", signature };
        assert_eq!(verify(request, [b"the next one".as_slice(), TOKEN]), Ok(()));
        assert_eq!(verify(request, []), Err(Forged::Mismatch));
        assert_eq!(verify(Signed { signature: None, ..request }, [TOKEN]), Err(Forged::Missing));
        assert_eq!(verify(Signed { signature: Some(b"*"), ..request }, [TOKEN]), Err(Forged::Malformed));
    }

    #[test]
    fn the_port_is_found_wherever_it_stands() {
        let spelled = |url| spellings(url).into_iter().map(Cow::into_owned).collect::<Vec<_>>();
        assert_eq!(spelled("https://a.test/x"), ["https://a.test/x", "https://a.test:443/x"]);
        assert_eq!(spelled("http://a.test?x=1"), ["http://a.test?x=1", "http://a.test:80?x=1"]);
        assert_eq!(
            spelled("https://u:p@a.test:8443/x"),
            ["https://u:p@a.test:8443/x", "https://u:p@a.test/x"]
        );
        assert_eq!(spelled("https://u:p@a.test/x"), ["https://u:p@a.test/x", "https://u:p@a.test:443/x"]);
        assert_eq!(spelled("https://[::1]/x"), ["https://[::1]/x", "https://[::1]:443/x"]);
        assert_eq!(spelled("ftp://a.test/x"), ["ftp://a.test/x"]);
    }
}
