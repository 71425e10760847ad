//! The question Meta asks once, when a webhook address is configured.

use crate::providers::constant_time::SecretDigest;
use crate::providers::form;

/// Checks the query of the question and gives back the challenge, to be answered verbatim as the whole body.
///
/// `None` if it is no such question or the token is not one of `tokens`.
#[must_use]
pub fn challenge<'t>(query: &[u8], tokens: impl IntoIterator<Item = &'t SecretDigest>) -> Option<String> {
    let pairs = form::pairs(query);
    let value = |wanted: &[u8]| {
        pairs.iter().find(|(name, _)| name.as_ref() == wanted).map(|(_, value)| value.as_ref())
    };
    let token = SecretDigest::of(value(b"hub.verify_token")?);
    let known = tokens.into_iter().fold(false, |known, candidate| known | candidate.equals(&token));
    if !known || value(b"hub.mode")? != b"subscribe" {
        return None;
    }
    let challenge = std::str::from_utf8(value(b"hub.challenge")?).ok()?;
    // Meta sends digits. Nothing that a browser could take for a page is ever given back.
    let harmless = challenge.len() <= 256
        && !challenge.is_empty()
        && challenge.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.'));
    harmless.then(|| challenge.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_right_token_gets_its_challenge_back() {
        let tokens = [SecretDigest::of(b"other"), SecretDigest::of(b"meet me+here")];
        let ask = |query: &str| challenge(query.as_bytes(), &tokens);
        let right = "hub.mode=subscribe&hub.challenge=1158201444&hub.verify_token=meet+me%2Bhere";
        assert_eq!(ask(right).as_deref(), Some("1158201444"));
        for wrong in [
            "hub.mode=subscribe&hub.challenge=1&hub.verify_token=nobody",
            "hub.mode=unsubscribe&hub.challenge=1&hub.verify_token=other",
            "hub.challenge=1&hub.verify_token=other",
            "hub.mode=subscribe&hub.verify_token=other",
            "hub.mode=subscribe&hub.challenge=%3Cscript%3E&hub.verify_token=other",
            "",
        ] {
            assert_eq!(ask(wrong), None, "{wrong}");
        }
    }
}
