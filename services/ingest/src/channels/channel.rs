//! A channel as the door needs it: by which account and secrets its requests are known.

use std::collections::BTreeMap;

use ids::ChannelId;
use serde::Deserialize;
use settings::{Secret, SecretRef};

use super::seen::Seen;
use crate::providers::evolution::EvolutionSecrets;
use crate::providers::{Provider, SecretDigest};

/// A channel whose webhooks may be let in.
#[derive(Debug)]
pub struct Channel {
    /// Its id.
    pub id: ChannelId,
    /// Its name in the webhook's address.
    pub slug: String,
    /// Its account at the provider.
    pub account: Account,
    /// What was noticed at its door.
    pub seen: Seen,
}

/// A secret with its name among the channel's secrets.
#[derive(Debug, Clone)]
pub struct Named {
    /// `auth_token`, or `auth_token_previous` while it is being replaced.
    pub name: &'static str,
    /// The secret.
    pub secret: Secret,
}

/// A channel's account, with what proves that a request comes from it.
#[derive(Debug)]
pub enum Account {
    /// An instance of an Evolution server.
    Evolution {
        /// The instance's name.
        instance: String,
        /// Tokens and keys of its webhook.
        secrets: EvolutionSecrets,
    },
    /// A number at Meta.
    Meta {
        /// The number's id, by which requests are routed.
        phone_number_id: String,
        /// The business account's id, for notices that name no number.
        waba_id: Option<String>,
        /// Secrets of the app that sends its webhooks; none if that is the operator's app.
        app_secrets: Vec<AppSecret>,
        /// Tokens that answer Meta's handshake.
        verify_tokens: Vec<SecretDigest>,
    },
    /// A sender at Twilio.
    Twilio {
        /// `AC…`
        account_sid: String,
        /// Our own address there, `whatsapp:+…`, if it is one fixed sender.
        from: Option<String>,
        /// The account's Auth Tokens.
        tokens: Vec<Named>,
    },
}

/// The secret of a Meta app. Kept to compute with, and as a digest to compare by.
#[derive(Debug, Clone)]
pub struct AppSecret {
    /// Its name among the secrets of its channel.
    pub name: &'static str,
    /// The secret.
    pub secret: Secret,
    /// Its digest.
    pub digest: SecretDigest,
}

impl AppSecret {
    /// A secret and its digest.
    #[must_use]
    pub fn new(Named { name, secret }: Named) -> Self {
        let digest = SecretDigest::of(secret.expose().as_bytes());
        Self { name, secret, digest }
    }
}

impl Account {
    /// Which provider it is at.
    #[must_use]
    pub const fn provider(&self) -> Provider {
        match self {
            Self::Evolution { .. } => Provider::Evolution,
            Self::Meta { .. } => Provider::Meta,
            Self::Twilio { .. } => Provider::Twilio,
        }
    }
}

/// A row of `ingest.channel`.
#[derive(Debug, Clone)]
pub struct Row {
    /// Its id.
    pub id: ChannelId,
    /// Its name in addresses.
    pub slug: String,
    /// `evolution`, `meta` or `twilio`.
    pub provider: String,
    /// The account, as JSON.
    pub account: String,
    /// Names of secrets and where they are kept, as JSON.
    pub secrets: String,
}

/// Why a channel's requests cannot be checked. Names the setting and what to do.
#[derive(Debug, thiserror::Error)]
pub enum Unusable {
    /// A member of the account is missing.
    #[error("account.{0} is missing; put the channel again with it")]
    Account(&'static str),
    /// Account or secrets are not of the agreed form.
    #[error("account or secrets cannot be read; put the channel again")]
    Shape,
    /// A secret is not where its reference says.
    #[error("secret {name}: {source}")]
    Secret {
        /// Its name among the channel's secrets.
        name: &'static str,
        /// What is wrong with it.
        source: settings::SecretRefError,
    },
    /// There is nothing to know a request by.
    #[error("it has no secret {0}; put the channel again with one")]
    NoSecret(&'static str),
}

/// All members any provider's account has, of which each uses its own.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct RawAccount {
    instance: Option<String>,
    phone_number_id: Option<String>,
    waba_id: Option<String>,
    account_sid: Option<String>,
    from: Option<String>,
}

impl Channel {
    /// Makes a row a channel: reads its account and fetches its secrets. Reads files, so not for a hot path.
    ///
    /// # Errors
    /// If a part is missing. Such a channel lets nobody in until it is mended.
    pub fn try_new(row: Row) -> Result<Self, Unusable> {
        let account: RawAccount = serde_json::from_str(&row.account).map_err(|_| Unusable::Shape)?;
        let secrets = Secrets(serde_json::from_str(&row.secrets).map_err(|_| Unusable::Shape)?);
        let seen = Seen::of(secrets.0.keys().map(String::as_str));
        let need = |value: Option<String>, name| {
            value.filter(|value| !value.is_empty()).ok_or(Unusable::Account(name))
        };
        let account = match row.provider.as_str() {
            "evolution" => Account::Evolution {
                instance: need(account.instance, "instance")?,
                secrets: secrets.evolution()?,
            },
            "meta" => Account::Meta {
                phone_number_id: need(account.phone_number_id, "phone_number_id")?,
                waba_id: account.waba_id,
                app_secrets: secrets
                    .both("app_secret", "app_secret_previous")?
                    .into_iter()
                    .map(AppSecret::new)
                    .collect(),
                verify_tokens: digests(&secrets.both("verify_token", "verify_token_previous")?),
            },
            "twilio" => Account::Twilio {
                account_sid: need(account.account_sid, "account_sid")?,
                from: account.from,
                tokens: secrets.at_least_one("auth_token", "auth_token_previous")?,
            },
            _ => return Err(Unusable::Shape),
        };
        Ok(Self { id: row.id, slug: row.slug, account, seen })
    }
}

/// References by name. Of every secret there may be a previous one, which stays good while it is being replaced.
struct Secrets(BTreeMap<String, SecretRef>);

impl Secrets {
    fn one(&self, name: &'static str) -> Result<Option<Named>, Unusable> {
        let resolved = self.0.get(name).map(|kept| match kept.resolve() {
            Ok(secret) => Ok(Named { name, secret }),
            Err(source) => Err(Unusable::Secret { name, source }),
        });
        resolved.transpose()
    }

    fn both(&self, name: &'static str, previous: &'static str) -> Result<Vec<Named>, Unusable> {
        Ok([self.one(name)?, self.one(previous)?].into_iter().flatten().collect())
    }

    fn at_least_one(&self, name: &'static str, previous: &'static str) -> Result<Vec<Named>, Unusable> {
        let found = self.both(name, previous)?;
        if found.is_empty() { Err(Unusable::NoSecret(name)) } else { Ok(found) }
    }

    fn evolution(&self) -> Result<EvolutionSecrets, Unusable> {
        let pairs = |secrets: Vec<Named>| secrets.into_iter().map(|one| (one.name, one.secret)).collect();
        let tokens = self.both("webhook_token", "webhook_token_previous")?;
        let jwt_keys = self.both("jwt_key", "jwt_key_previous")?;
        Ok(EvolutionSecrets::named(pairs(tokens), pairs(jwt_keys)))
    }
}

fn digests(secrets: &[Named]) -> Vec<SecretDigest> {
    secrets.iter().map(|one| SecretDigest::of(one.secret.expose().as_bytes())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(provider: &str, account: &str, secrets: &str) -> Row {
        Row {
            id: ChannelId::generate(),
            slug: "front".to_owned(),
            provider: provider.to_owned(),
            account: account.to_owned(),
            secrets: secrets.to_owned(),
        }
    }

    fn problem(provider: &str, account: &str, secrets: &str) -> String {
        Channel::try_new(row(provider, account, secrets)).unwrap_err().to_string()
    }

    #[test]
    fn what_is_missing_is_named() {
        assert_eq!(
            problem("meta", "{}", "{}"),
            "account.phone_number_id is missing; put the channel again with it"
        );
        assert_eq!(
            problem("twilio", r#"{"account_sid":"AC1"}"#, "{}"),
            "it has no secret auth_token; put the channel again with one"
        );
        let missing =
            problem("evolution", r#"{"instance":"x"}"#, r#"{"webhook_token":"env:NOT_SET_ANYWHERE"}"#);
        assert!(
            missing.starts_with("secret webhook_token: environment variable NOT_SET_ANYWHERE"),
            "{missing}"
        );
        let plain = problem("evolution", r#"{"instance":"x"}"#, r#"{"webhook_token":"hunter2"}"#);
        assert!(!plain.contains("hunter2"), "{plain}");
    }

    #[test]
    fn both_secrets_of_a_rotation_are_read() {
        // Any variable that is set will do.
        let secrets = r#"{"auth_token":"env:PATH","auth_token_previous":"env:PATH"}"#;
        let account = r#"{"account_sid":"AC1","from":"whatsapp:+447700900300","api_url":"x"}"#;
        let channel = Channel::try_new(row("twilio", account, secrets)).unwrap();
        let Account::Twilio { tokens, .. } = channel.account else { panic!("not twilio") };
        assert_eq!(tokens.len(), 2);
    }
}
