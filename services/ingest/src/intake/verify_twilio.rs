//! A request of Twilio: signed with the account's token over the address we are known by and the form.

use settings::Secret;

use super::plan::Trust;
use super::take::{Delivered, Intake, Refused, Taken};
use crate::channels::{Account, Directory};
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
        let addressed =
            directory.by_slug(slug).filter(|channel| channel.account.provider() == Provider::Twilio);
        match addressed.map(|channel| &channel.account) {
            Some(Account::Twilio { tokens, .. }) => verify(signed, tokens)?,
            _ if directory.why_unusable(slug).is_some() => return Err(Refused::Unavailable),
            // Nobody's channel: kept if one of our accounts sends it.
            _ => verify(signed, tokens_of_account(&directory, &delivered.body))?,
        }
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

fn verify<'t>(signed: Signed<'_>, tokens: impl IntoIterator<Item = &'t Secret>) -> Result<(), Forged> {
    twilio::verify(signed, tokens.into_iter().map(|token| token.expose().as_bytes()))
}

/// The tokens of the account a body says it is from.
fn tokens_of_account<'d>(directory: &'d Directory, body: &[u8]) -> Vec<&'d Secret> {
    let Some(claimed) = twilio::account_hint(body) else { return Vec::new() };
    let of_account = directory.all().filter_map(|channel| match &channel.account {
        Account::Twilio { account_sid, tokens, .. } if *account_sid == claimed => Some(tokens),
        _ => None,
    });
    of_account.flatten().take(4).collect()
}
