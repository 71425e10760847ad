//! A channel's row becomes an account that can be called.

use std::str::FromStr;

use serde_json::Value;
use settings::SecretRef;

use crate::{
    domain::causes::Cause,
    providers::{ChannelAccount, ProviderKind, evolution},
    store::channels::ChannelRow,
};

/// Why a channel cannot be called.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unusable {
    /// What closes its door.
    pub cause: Cause,
    /// Which field or secret, never its value.
    pub why: String,
}

/// The rows with their accounts. Secrets are read now, from files too, so this happens beside the loop.
pub async fn of_all(rows: Vec<ChannelRow>) -> Vec<(ChannelRow, Result<ChannelAccount, Unusable>)> {
    let read =
        move || rows.into_iter().map(|row| (of(&row), row)).map(|(account, row)| (row, account)).collect();
    tokio::task::spawn_blocking(read).await.unwrap_or_default()
}

/// The account, or the cause that closes the channel's door. Secrets are never printed.
fn of(row: &ChannelRow) -> Result<ChannelAccount, Unusable> {
    match ProviderKind::from_str(&row.provider) {
        Ok(ProviderKind::Evolution) => evolution(row),
        Ok(ProviderKind::Meta) => Ok(ChannelAccount::Meta),
        Ok(ProviderKind::Twilio) => Ok(ChannelAccount::Twilio),
        Err(error) => Err(Unusable { cause: Cause::ProviderNotBuilt, why: error.to_string() }),
    }
}

fn evolution(row: &ChannelRow) -> Result<ChannelAccount, Unusable> {
    let field = |name| row.account.get(name).and_then(Value::as_str).unwrap_or_default();
    let key = secret(row, "api_key")?;
    evolution::Account::try_new(field("base_url"), field("instance"), key)
        .map(ChannelAccount::Evolution)
        .map_err(|error| Unusable { cause: Cause::WrongAddress, why: error.to_string() })
}

fn secret(row: &ChannelRow, name: &str) -> Result<secrecy::SecretString, Unusable> {
    row.secrets
        .get(name)
        .ok_or_else(|| format!("the channel has no secret {name}"))
        .and_then(|reference| reference.parse::<SecretRef>().map_err(|error| error.to_string()))
        .and_then(|reference| reference.resolve().map_err(|error| error.to_string()))
        .map(|secret| secret.expose().to_owned().into())
        .map_err(|error| Unusable { cause: Cause::KeyMissing, why: format!("secret {name}: {error}") })
}
