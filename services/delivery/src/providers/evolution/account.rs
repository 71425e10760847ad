//! One instance on one Evolution server.

use std::fmt;
use std::sync::Arc;

use reqwest::header::HeaderValue;
use reqwest::{RequestBuilder, Url};
use secrecy::{ExposeSecret, SecretString};

use crate::providers::http;

/// The header Evolution reads its key from.
const API_KEY: &str = "apikey";

/// Where and as whom to call. Addresses are built once, copies share them; the key shows in no debug form.
#[derive(Clone)]
pub struct Account(Arc<Parts>);

struct Parts {
    base: Url,
    instance: String,
    find_messages: Url,
    connection_state: Url,
    mark_read: Url,
    presence: Url,
    api_key: HeaderValue,
    secret: SecretString,
}

/// Why an account cannot be used. Names the field of the channel, never the key.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AccountError {
    /// `account.base_url` is no address.
    #[error(
        "account.base_url is not a web address; write the server's address like https://evolution.example.com"
    )]
    BaseUrl,
    /// `account.instance` is empty.
    #[error("account.instance is empty; write the name of the instance on the Evolution server")]
    Instance,
    /// The key holds characters no key has.
    #[error(
        "secrets.api_key is empty or holds characters a header cannot carry; check the secret for line breaks"
    )]
    ApiKey,
}

impl Account {
    /// An account from the fields of a channel. `instance` is the instance's name as Evolution shows it.
    pub fn try_new(base_url: &str, instance: &str, api_key: SecretString) -> Result<Self, AccountError> {
        let base = http::base(base_url).ok_or(AccountError::BaseUrl)?;
        if instance.is_empty() {
            return Err(AccountError::Instance);
        }
        let mut key = HeaderValue::from_str(api_key.expose_secret()).map_err(|_| AccountError::ApiKey)?;
        if key.is_empty() {
            return Err(AccountError::ApiKey);
        }
        key.set_sensitive(true);
        let route = |path: [&str; 2]| http::below(&base, path.into_iter().chain([instance]));
        Ok(Self(Arc::new(Parts {
            find_messages: route(["chat", "findMessages"]),
            connection_state: route(["instance", "connectionState"]),
            mark_read: route(["chat", "markMessageAsRead"]),
            presence: route(["chat", "sendPresence"]),
            instance: instance.to_owned(),
            base,
            api_key: key,
            secret: api_key,
        })))
    }

    /// Whether both lead to the same place with the same key.
    #[must_use]
    pub fn is_same_as(&self, other: &Self) -> bool {
        let (one, other) = (&self.0, &other.0);
        one.base == other.base
            && one.instance == other.instance
            && one.secret.expose_secret() == other.secret.expose_secret()
    }

    /// Where messages of one kind go, such as `sendText`.
    pub(super) fn message(&self, kind: &str) -> Url {
        http::below(&self.0.base, ["message", kind, &self.0.instance])
    }

    pub(super) fn find_messages(&self) -> Url {
        self.0.find_messages.clone()
    }

    pub(super) fn connection_state(&self) -> Url {
        self.0.connection_state.clone()
    }

    pub(super) fn mark_read(&self) -> Url {
        self.0.mark_read.clone()
    }

    pub(super) fn presence(&self) -> Url {
        self.0.presence.clone()
    }

    /// A route of the instance's own management, such as `connect`.
    pub(super) fn instance_route(&self, verb: &str) -> Url {
        http::below(&self.0.base, ["instance", verb, &self.0.instance])
    }

    /// A route of the instance's webhook: `set` or `find`.
    pub(super) fn webhook_route(&self, verb: &str) -> Url {
        http::below(&self.0.base, ["webhook", verb, &self.0.instance])
    }

    /// Where instances are made.
    pub(super) fn create_route(&self) -> Url {
        http::below(&self.0.base, ["instance", "create"])
    }

    /// Where the server hands files out.
    pub(super) fn media(&self) -> Url {
        http::below(&self.0.base, ["chat", "getBase64FromMediaMessage", &self.0.instance])
    }

    /// The instance's name on the server.
    pub(super) fn instance(&self) -> &str {
        &self.0.instance
    }

    /// The key, for the instance that is made with it.
    pub(super) fn key(&self) -> &SecretString {
        &self.0.secret
    }

    /// The same instance, called with another key: that of the server, which may make instances.
    pub fn with_key(&self, api_key: SecretString) -> Result<Self, AccountError> {
        Self::try_new(self.0.base.as_str(), &self.0.instance, api_key)
    }

    pub(super) fn authorise(&self, request: RequestBuilder) -> RequestBuilder {
        request.header(API_KEY, self.0.api_key.clone())
    }

    /// What must not show in the server's words when they are stored: our key, and what the caller adds.
    pub(super) fn private<'a>(&'a self, more: &[&'a str]) -> Vec<&'a str> {
        let mut private = vec![self.0.secret.expose_secret()];
        private.extend_from_slice(more);
        private
    }
}

impl fmt::Debug for Account {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (base, instance) = (self.0.base.as_str(), &self.0.instance);
        f.debug_struct("Account").field("base", &base).field("instance", instance).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn account(base_url: &str, instance: &str, key: &str) -> Result<Account, AccountError> {
        Account::try_new(base_url, instance, SecretString::from(key))
    }

    #[test]
    fn addresses_keep_the_base_and_quote_the_instance() {
        for base in ["https://evo.example.test/api", "https://evo.example.test/api/"] {
            let account = account(base, "harbour dental/1", "k").unwrap();
            assert_eq!(
                account.message("sendText").as_str(),
                "https://evo.example.test/api/message/sendText/harbour%20dental%2F1"
            );
        }
    }

    #[test]
    fn the_key_shows_nowhere() {
        let account = account("https://evo.example.test", "harbour-dental", "very-secret").unwrap();
        assert!(!format!("{account:?}").contains("very-secret"));
    }

    #[test]
    fn a_bad_field_is_named() {
        for base in ["", "evolution", "ftp://evo.example.test", "https://evo.example.test?x=1", "mailto:a@b"]
        {
            assert_eq!(account(base, "a", "k").unwrap_err(), AccountError::BaseUrl, "{base}");
        }
        assert_eq!(account("http://e", "", "k").unwrap_err(), AccountError::Instance);
        for key in ["", "two\nlines"] {
            assert_eq!(account("http://e", "a", key).unwrap_err(), AccountError::ApiKey);
        }
    }
}
