//! A request of Meta: one address for all channels, signed with the secret of the app that sends it.

use std::sync::Arc;

use super::plan::Trust;
use super::take::{Delivered, Intake, Refused, Taken};
use crate::channels::{Account, AppSecret, Directory};
use crate::providers::meta;
use crate::providers::{Forged, Provider, SecretDigest};
use crate::quarantine::Raw;

/// How many apps are tried for a request whose number tells nothing. A signature over 3 MB takes milliseconds, and anybody
/// can ask for one.
const STRANGERS: usize = 16;

impl Intake {
    /// Answers Meta's question whether this address is ours. `None`: it is not asked by somebody who knows the token.
    pub async fn meta_challenge(&self, query: &str) -> Option<String> {
        let ask = |directory: &Directory| {
            let tokens = self.parts().shared.meta_verify.iter().chain(directory.meta_verify_tokens());
            meta::challenge(query.as_bytes(), tokens)
        };
        match ask(&self.channels().directory()) {
            // The channel may have been put a moment ago.
            None => self.fresh().await.ok().and_then(|fresh| ask(&fresh)),
            answer => answer,
        }
    }

    /// Takes a request.
    pub async fn meta(&self, delivered: Delivered<'_>) -> Result<Taken, Refused> {
        let received_at = self.now();
        let header = delivered.headers.get("x-hub-signature-256").map(http::HeaderValue::as_bytes);
        let trust = self.meta_signer(header, &delivered.body).await?;
        let raw = Raw {
            provider: Provider::Meta,
            received_at,
            channel_slug: None,
            client_ref: None,
            headers: delivered.headers,
            body: delivered.body.clone(),
        };
        self.take(raw, None, trust, meta::parse(&delivered.body)).await
    }

    /// Who signed a body: the operator's app, else the app of a channel it names, else one of a few others.
    async fn meta_signer(&self, header: Option<&[u8]>, body: &[u8]) -> Result<Trust, Refused> {
        // Without a header, or with a malformed one, no secret helps.
        if let Err(refusal @ (Forged::Missing | Forged::Malformed)) = meta::verify(header, b"", b"") {
            return Err(refusal.into());
        }
        if self.parts().shared.meta_apps.iter().any(|app| signed_by(app, header, body)) {
            return Ok(Trust::Operator);
        }
        let now = self.now();
        let known = self.channels().directory();
        if let Some(app) = by_channels(&known, header, body) {
            known.proven_by_app(&app, now);
            return Ok(Trust::App(app));
        }
        let fresh = self.fresh().await?;
        let changed = !Arc::ptr_eq(&known, &fresh);
        if let Some(app) = changed.then(|| by_channels(&fresh, header, body)).flatten() {
            fresh.proven_by_app(&app, now);
            return Ok(Trust::App(app));
        }
        for channel in numbers_in(body).into_iter().filter_map(|number| fresh.by_meta_number(number)) {
            channel.seen.refused(now);
        }
        Err(Refused::Forged(Forged::Mismatch))
    }
}

fn signed_by(app: &AppSecret, header: Option<&[u8]>, body: &[u8]) -> bool {
    meta::verify(header, body, app.secret.expose().as_bytes()).is_ok()
}

fn by_channels(directory: &Directory, header: Option<&[u8]>, body: &[u8]) -> Option<SecretDigest> {
    // The numbers are not verified yet: they say which secret to try first, no more.
    let named = numbers_in(body).into_iter().filter_map(|number| directory.by_meta_number(number));
    let of_named = named.flat_map(|channel| match &channel.account {
        Account::Meta { app_secrets, .. } => app_secrets.as_slice(),
        _ => &[],
    });
    let mut tried: Vec<&AppSecret> = Vec::new();
    for app in of_named.chain(directory.meta_app_secrets()) {
        if tried.iter().any(|other| other.digest.equals(&app.digest)) {
            continue;
        }
        if tried.len() >= STRANGERS {
            return None;
        }
        if signed_by(app, header, body) {
            return Some(app.digest);
        }
        tried.push(app);
    }
    None
}

/// The first few phone number ids in a body, found without reading it.
fn numbers_in(body: &[u8]) -> Vec<&str> {
    const MEMBER: &[u8] = b"\"phone_number_id\"";
    const MOST: usize = 4;
    let mut numbers = Vec::new();
    let mut rest = body;
    while numbers.len() < MOST {
        let Some(at) = rest.windows(MEMBER.len()).position(|window| window == MEMBER) else { break };
        rest = &rest[at + MEMBER.len()..];
        let Some(start) = rest.iter().position(u8::is_ascii_digit).filter(|start| *start < 8) else {
            continue;
        };
        let digits = rest[start..].iter().take_while(|byte| byte.is_ascii_digit()).count();
        if let Ok(number) = std::str::from_utf8(&rest[start..start + digits])
            && !numbers.contains(&number)
        {
            numbers.push(number);
        }
    }
    numbers
}

#[cfg(test)]
mod tests {
    use super::numbers_in;

    #[test]
    fn numbers_are_found_in_any_spacing() {
        let body = br#"{"phone_number_id":"1098", "phone_number_id" : "55","phone_number_id":null,"phone_number_id":"1098"}"#;
        assert_eq!(numbers_in(body), ["1098", "55"]);
        assert!(numbers_in(b"").is_empty());
        assert!(numbers_in(b"\"phone_number_id\"").is_empty());
    }
}
