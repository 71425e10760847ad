//! Who may call an instance's webhook. The bridge signs nothing, so this is a shared secret: in the path, in a header,
//! or as the key of a JWT.

use http::HeaderMap;
use jiff::Timestamp;
use settings::Secret;

use super::jwt;
use crate::providers::Forged;
use crate::providers::constant_time::SecretDigest;

/// Headers a static token may come in. The bridge sends whatever its webhook's `headers` object says.
const HEADERS: [&str; 5] = ["authorization", "apikey", "x-api-key", "x-webhook-token", "x-webhook-secret"];

/// What a request shows to be let in.
#[derive(Clone, Copy)]
pub struct Presented<'a> {
    /// The part of the path after the channel, which holds a token, an event name, or a token and an event name.
    pub path: &'a str,
    /// The request's headers.
    pub headers: &'a HeaderMap,
}

impl Presented<'_> {
    /// Everything that may be a static token.
    fn tokens(&self) -> impl Iterator<Item = &[u8]> {
        let path = self.path.split('/').next().filter(|segment| !segment.is_empty());
        let headers = HEADERS.iter().filter_map(|name| self.headers.get(*name)).map(|value| {
            let value = value.as_bytes();
            strip_bearer(value).unwrap_or(value)
        });
        path.map(str::as_bytes).into_iter().chain(headers)
    }

    fn bearer(&self) -> Option<&str> {
        let value = self.headers.get(http::header::AUTHORIZATION)?;
        std::str::from_utf8(strip_bearer(value.as_bytes())?).ok()
    }
}

fn strip_bearer(value: &[u8]) -> Option<&[u8]> {
    let (scheme, token) = value.split_at_checked(7)?;
    scheme.eq_ignore_ascii_case(b"Bearer ").then(|| token.trim_ascii())
}

/// The secrets of one instance. During a rotation there are two of a kind.
#[derive(Debug, Clone, Default)]
pub struct EvolutionSecrets {
    tokens: Vec<(&'static str, SecretDigest)>,
    jwt_keys: Vec<(&'static str, Secret)>,
}

impl EvolutionSecrets {
    /// Takes static tokens and JWT keys. With neither, nobody is let in.
    #[must_use]
    pub fn new(tokens: &[Secret], jwt_keys: Vec<Secret>) -> Self {
        Self::named(
            tokens.iter().map(|token| ("webhook_token", token.clone())).collect(),
            jwt_keys.into_iter().map(|key| ("jwt_key", key)).collect(),
        )
    }

    /// The same, each with its name among the channel's secrets.
    #[must_use]
    pub fn named(tokens: Vec<(&'static str, Secret)>, jwt_keys: Vec<(&'static str, Secret)>) -> Self {
        let digest =
            |(name, token): (&'static str, Secret)| (name, SecretDigest::of(token.expose().as_bytes()));
        Self { tokens: tokens.into_iter().map(digest).collect(), jwt_keys }
    }

    /// Lets a request in, or says why not.
    ///
    /// # Errors
    /// If nothing presented is a secret of this instance.
    pub fn verify(&self, presented: Presented<'_>, now: Timestamp) -> Result<(), Forged> {
        self.proven_by(presented, now).map(drop)
    }

    /// The same, and which secret it was, by name.
    ///
    /// # Errors
    /// If nothing presented is a secret of this instance.
    pub fn proven_by(&self, presented: Presented<'_>, now: Timestamp) -> Result<&'static str, Forged> {
        let mut refusal = Forged::Missing;
        for token in presented.tokens() {
            let digest = SecretDigest::of(token);
            if let Some((name, _)) = self.tokens.iter().find(|(_, known)| known.equals(&digest)) {
                return Ok(name);
            }
            refusal = Forged::Mismatch;
        }
        match presented.bearer() {
            Some(token) if !self.jwt_keys.is_empty() => {
                let keys = self.jwt_keys.iter().map(|(_, key)| key.expose().as_bytes());
                let at = jwt::verify(token, keys, now)?;
                Ok(self.jwt_keys.get(at).map_or("jwt_key", |(name, _)| name))
            }
            _ => Err(refusal),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn secrets() -> EvolutionSecrets {
        EvolutionSecrets::new(
            &["s3cret".into(), "the-next-one".into()],
            vec!["frontdesk-demo-jwt-key".into()],
        )
    }

    fn verify(path: &str, header: Option<(&'static str, &str)>) -> Result<(), Forged> {
        let mut headers = HeaderMap::new();
        if let Some((name, value)) = header {
            headers.insert(name, value.parse().unwrap());
        }
        secrets()
            .verify(Presented { path, headers: &headers }, Timestamp::from_second(1_772_460_931).unwrap())
    }

    #[test]
    fn the_token_may_come_in_any_of_its_places() {
        for path in ["s3cret", "s3cret/messages-upsert", "the-next-one"] {
            assert_eq!(verify(path, None), Ok(()), "{path}");
        }
        for header in [
            ("authorization", "Bearer s3cret"),
            ("authorization", "bearer the-next-one"),
            ("authorization", "s3cret"),
            ("apikey", "s3cret"),
            ("x-api-key", "s3cret"),
            ("x-webhook-token", "s3cret"),
        ] {
            assert_eq!(verify("messages-upsert", Some(header)), Ok(()), "{header:?}");
        }
    }

    #[test]
    fn anything_else_is_refused() {
        assert_eq!(verify("", None), Err(Forged::Missing));
        assert_eq!(verify("messages-upsert", None), Err(Forged::Mismatch));
        assert_eq!(verify("messages-upsert/s3cret", None), Err(Forged::Mismatch), "the token comes first");
        assert_eq!(verify("", Some(("apikey", "s3cre"))), Err(Forged::Mismatch));
        assert_eq!(verify("", Some(("authorization", "Bearer "))), Err(Forged::Malformed));
        let open = EvolutionSecrets::default();
        let presented = Presented { path: "", headers: &HeaderMap::new() };
        assert_eq!(
            open.verify(presented, Timestamp::UNIX_EPOCH),
            Err(Forged::Missing),
            "no secret lets nobody in"
        );
    }
}
