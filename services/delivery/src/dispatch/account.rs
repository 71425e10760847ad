//! A channel's row becomes an account that can be called.

use std::fmt::Display;
use std::str::FromStr;
use std::sync::Arc;

use serde_json::Value;
use settings::SecretRef;

use crate::{
    domain::causes::Cause,
    providers::{ChannelAccount, ProviderKind, evolution, meta, twilio},
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

/// The rows with their accounts. Secrets are read now, from files too, so off the runtime's
/// threads; the loop waits for them. `public_url` is the
/// address providers reach the webhooks under; empty: nobody is told any.
pub async fn of_all(
    rows: Vec<ChannelRow>,
    public_url: Arc<str>,
) -> Vec<(ChannelRow, Result<ChannelAccount, Unusable>)> {
    let read = move || {
        rows.into_iter()
            .map(|row| (of(&row, &public_url), row))
            .map(|(account, row)| (row, account))
            .collect()
    };
    tokio::task::spawn_blocking(read).await.unwrap_or_default()
}

/// One channel's account.
pub async fn of_one(row: &ChannelRow, public_url: Arc<str>) -> Result<ChannelAccount, Unusable> {
    let rows = vec![row.clone()];
    let read = of_all(rows, public_url).await.pop();
    read.map_or_else(
        || Err(Unusable { cause: Cause::KeyMissing, why: "its secrets could not be read".to_owned() }),
        |(_, account)| account,
    )
}

/// The account, or the cause that closes the channel's door. Secrets are never printed.
fn of(row: &ChannelRow, public_url: &str) -> Result<ChannelAccount, Unusable> {
    match ProviderKind::from_str(&row.provider) {
        Ok(ProviderKind::Evolution) => evolution(row),
        Ok(ProviderKind::Meta) => meta(row),
        Ok(ProviderKind::Twilio) => twilio(row, public_url),
        Err(error) => Err(Unusable { cause: Cause::ProviderUnknown, why: error.to_string() }),
    }
}

fn evolution(row: &ChannelRow) -> Result<ChannelAccount, Unusable> {
    let key = secret(row, "api_key")?;
    evolution::Account::try_new(field(row, "base_url"), field(row, "instance"), key)
        .map(ChannelAccount::Evolution)
        .map_err(|error| unusable(&error))
}

fn meta(row: &ChannelRow) -> Result<ChannelAccount, Unusable> {
    let token = secret(row, "access_token")?;
    meta::Account::try_new(
        field(row, "graph_url"),
        field(row, "phone_number_id"),
        field(row, "waba_id"),
        token,
    )
    .map(ChannelAccount::Meta)
    .map_err(|error| unusable(&error))
}

/// Who calls is the API key where the channel has one; the webhooks are signed with the account's token all the same.
fn twilio(row: &ChannelRow, public_url: &str) -> Result<ChannelAccount, Unusable> {
    let account_sid = field(row, "account_sid");
    let credentials = match field(row, "api_key_sid") {
        "" => twilio::Credentials { user: account_sid.to_owned(), secret: secret(row, "auth_token")? },
        sid => twilio::Credentials { user: sid.to_owned(), secret: secret(row, "api_key_secret")? },
    };
    let public_url = public_url.trim_end_matches('/');
    let callbacks =
        (!public_url.is_empty()).then(|| format!("{public_url}/webhooks/twilio/{}/status", row.slug));
    let (api_url, from) = (field(row, "api_url"), field(row, "from"));
    twilio::Account::try_new(api_url, account_sid, from, credentials, callbacks.as_deref())
        .map(ChannelAccount::Twilio)
        .map_err(|error| unusable(&error))
}

fn unusable(error: &dyn Display) -> Unusable {
    Unusable { cause: Cause::WrongAddress, why: error.to_string() }
}

pub(crate) fn field<'a>(row: &'a ChannelRow, name: &str) -> &'a str {
    row.account.get(name).and_then(Value::as_str).unwrap_or_default()
}

/// A secret of the channel. Reads a file perhaps.
pub(crate) fn secret(row: &ChannelRow, name: &str) -> Result<secrecy::SecretString, Unusable> {
    row.secrets
        .get(name)
        .ok_or_else(|| format!("the channel has no secret {name}"))
        .and_then(|reference| reference.parse::<SecretRef>().map_err(|error| error.to_string()))
        .and_then(|reference| reference.resolve().map_err(|error| error.to_string()))
        .map(|secret| secret.expose().to_owned().into())
        .map_err(|error| Unusable { cause: Cause::KeyMissing, why: format!("secret {name}: {error}") })
}
