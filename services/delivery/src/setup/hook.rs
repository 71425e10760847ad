//! The webhook that a channel should have at its provider.

use secrecy::{ExposeSecret, SecretString};

use crate::dispatch::account::{Unusable, field, secret};
use crate::providers::ProviderKind;
use crate::providers::set_up::Hook;
use crate::store::channels::ChannelRow;

/// Below the address providers reach us under. Secrets are read now, from files too.
pub(super) fn wanted(row: &ChannelRow, kind: ProviderKind, public_url: &str) -> Result<Hook, Unusable> {
    let (base, slug) = (public_url.trim_end_matches('/'), &row.slug);
    Ok(match kind {
        ProviderKind::Evolution => {
            let url = format!("{base}/webhooks/evolution/{slug}");
            let (header, value) = proof(row)?;
            Hook::Evolution { url, header, value }
        }
        ProviderKind::Meta => Hook::Meta {
            url: format!("{base}/webhooks/meta"),
            waba_id: field(row, "waba_id").to_owned(),
            verify_token: secret(row, "verify_token")?,
        },
        // Twilio calls once and forgets, unless the fragment asks for more.
        ProviderKind::Twilio => Hook::Twilio { url: format!("{base}/webhooks/twilio/{slug}#rc=5&rp=all") },
    })
}

/// The header by which an Evolution server proves itself.
fn proof(row: &ChannelRow) -> Result<(&'static str, SecretString), Unusable> {
    if row.secrets.contains_key("webhook_token") {
        let token = secret(row, "webhook_token")?;
        return Ok(("authorization", format!("Bearer {}", token.expose_secret()).into()));
    }
    Ok(("jwt_key", secret(row, "jwt_key")?))
}
