//! A request of Twilio: signed with the account's token over the address we are known by and the form.

use std::sync::Arc;

use jiff::Timestamp;

use super::plan::Trust;
use super::take::{Delivered, Intake, Refused, Taken};
use crate::channels::{Account, Directory, Named};
use crate::providers::twilio::{self, Signed};
use crate::providers::{Forged, Provider};
use crate::quarantine::Raw;

impl Intake {
    /// Takes a request to the channel `slug`. `path` is the request's path and query as they came; `client_ref` our own
    /// reference in it.
    pub async fn twilio(
        &self,
        slug: &str,
        client_ref: Option<&str>,
        path: &str,
        delivered: Delivered<'_>,
    ) -> Result<Taken, Refused> {
        let received_at = self.now();
        // The public address, not the Host header: that one names whatever stands between.
        let url = format!("{}{path}", self.parts().public_url);
        let signed = Signed {
            url: &url,
            body: &delivered.body,
            signature: delivered.headers.get("x-twilio-signature").map(http::HeaderValue::as_bytes),
        };
        let mut directory = self.channels().directory();
        if directory.by_slug(slug).is_none() {
            directory = self.fresh().await?;
        }
        let mut proven = proven(&directory, slug, signed, received_at);
        if proven == Err(Refused::Forged(Forged::Mismatch)) {
            // A token may have been replaced a moment ago, and Twilio does not repeat what was refused.
            let fresh = self.fresh().await?;
            if !Arc::ptr_eq(&directory, &fresh) {
                directory = fresh;
                proven = self::proven(&directory, slug, signed, received_at);
            }
        }
        proven?;
        let addressed =
            directory.by_slug(slug).filter(|channel| channel.account.provider() == Provider::Twilio);
        let raw = Raw {
            provider: Provider::Twilio,
            received_at,
            channel_slug: Some(slug),
            client_ref,
            headers: delivered.headers,
            body: delivered.body.clone(),
        };
        self.take(raw, addressed.cloned(), Trust::Channel, twilio::parse(&delivered.body, client_ref)).await
    }
}

/// Whether a request to the channel `slug` is from its account.
fn proven(directory: &Directory, slug: &str, signed: Signed<'_>, now: Timestamp) -> Result<(), Refused> {
    let addressed = directory.by_slug(slug).filter(|channel| channel.account.provider() == Provider::Twilio);
    match addressed.map(|channel| (channel, &channel.account)) {
        Some((channel, Account::Twilio { tokens, .. })) => match verify(signed, tokens) {
            Ok(token) => channel.seen.proven_by(token.name, now),
            Err(forged) => {
                channel.seen.refused(now);
                return Err(forged.into());
            }
        },
        _ if directory.why_unusable(slug).is_some() => return Err(Refused::Unavailable),
        // Nobody's channel: kept if one of our accounts sends it.
        _ => {
            verify(signed, tokens_of_account(directory, &signed))?;
        }
    }
    Ok(())
}

fn verify<'t>(signed: Signed<'_>, tokens: impl IntoIterator<Item = &'t Named>) -> Result<&'t Named, Forged> {
    let tokens: Vec<&Named> = tokens.into_iter().collect();
    let at = twilio::proven_by(signed, tokens.iter().map(|token| token.secret.expose().as_bytes()))?;
    tokens.get(at).copied().ok_or(Forged::Mismatch)
}

/// The tokens of the account a body says it is from.
fn tokens_of_account<'d>(directory: &'d Directory, signed: &Signed<'_>) -> Vec<&'d Named> {
    let Some(claimed) = twilio::account_hint(signed.body) else { return Vec::new() };
    let of_account = directory.all().filter_map(|channel| match &channel.account {
        Account::Twilio { account_sid, tokens, .. } if *account_sid == claimed => Some(tokens),
        _ => None,
    });
    of_account.flatten().take(4).collect()
}
