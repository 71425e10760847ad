//! A channel's row becomes an account that can be called.

use std::str::FromStr;

use serde_json::Value;
use settings::SecretRef;
use tracing::warn;

use crate::{
    domain::causes::Cause,
    providers::{ChannelAccount, ProviderKind, evolution},
    store::channels::ChannelRow,
};

/// The account, or the cause that closes the channel's door. Secrets are read now, and never printed.
pub fn of(row: &ChannelRow) -> Result<ChannelAccount, Cause> {
    match ProviderKind::from_str(&row.provider) {
        Ok(ProviderKind::Evolution) => evolution(row),
        Ok(ProviderKind::Meta) => Ok(ChannelAccount::Meta),
        Ok(ProviderKind::Twilio) => Ok(ChannelAccount::Twilio),
        Err(error) => {
            warn!(channel = row.slug, %error, "channel cannot be used");
            Err(Cause::ProviderNotBuilt)
        }
    }
}

fn evolution(row: &ChannelRow) -> Result<ChannelAccount, Cause> {
    let field = |name| row.account.get(name).and_then(Value::as_str).unwrap_or_default();
    let key = secret(row, "api_key")?;
    evolution::Account::try_new(field("base_url"), field("instance"), key)
        .map(ChannelAccount::Evolution)
        .map_err(|error| {
            warn!(channel = row.slug, %error, "channel cannot be used");
            Cause::WrongAddress
        })
}

fn secret(row: &ChannelRow, name: &str) -> Result<secrecy::SecretString, Cause> {
    let resolved = row
        .secrets
        .get(name)
        .ok_or_else(|| format!("the channel has no secret {name}"))
        .and_then(|reference| reference.parse::<SecretRef>().map_err(|error| error.to_string()))
        .and_then(|reference| reference.resolve().map_err(|error| error.to_string()));
    match resolved {
        Ok(secret) => Ok(secret.expose().to_owned().into()),
        Err(error) => {
            warn!(channel = row.slug, secret = name, error, "secret cannot be read");
            Err(Cause::KeyMissing)
        }
    }
}
