//! One number of Meta's Cloud API.

use std::fmt;
use std::sync::Arc;

use reqwest::header::{AUTHORIZATION, HeaderValue};
use reqwest::{RequestBuilder, Url};
use secrecy::{ExposeSecret, SecretString};

use crate::providers::http;

/// Where and as whom to call. Addresses are built once, copies share them; the token shows in no debug form.
#[derive(Clone)]
pub struct Account(Arc<Parts>);

struct Parts {
    base: Url,
    messages: Url,
    number: Url,
    templates: Option<Url>,
    bearer: HeaderValue,
    token: SecretString,
}

/// Why an account cannot be used. Names the field of the channel, never the token.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AccountError {
    /// `account.graph_url` is no address.
    #[error(
        "account.graph_url is not a web address; write it with its version, like https://graph.facebook.com/v23.0"
    )]
    GraphUrl,
    /// `account.phone_number_id` is no id.
    #[error(
        "account.phone_number_id is not a number; copy the phone number's id (not the number) from Meta's console"
    )]
    PhoneNumberId,
    /// The token holds characters no token has.
    #[error(
        "secrets.access_token is empty or holds characters a header cannot carry; check the secret for line breaks"
    )]
    AccessToken,
}

impl Account {
    /// An account from the fields of a channel. `graph_url` carries the version; without the business account `waba_id` its
    /// templates cannot be listed.
    pub fn try_new(
        graph_url: &str,
        phone_number_id: &str,
        waba_id: &str,
        access_token: SecretString,
    ) -> Result<Self, AccountError> {
        let base = http::base(graph_url).ok_or(AccountError::GraphUrl)?;
        if phone_number_id.is_empty() || !phone_number_id.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(AccountError::PhoneNumberId);
        }
        let token = access_token.expose_secret();
        if token.trim().is_empty() {
            return Err(AccountError::AccessToken);
        }
        let mut bearer =
            HeaderValue::from_str(&format!("Bearer {token}")).map_err(|_| AccountError::AccessToken)?;
        bearer.set_sensitive(true);
        let mut number = http::below(&base, [phone_number_id]);
        number.set_query(Some("fields=id"));
        let messages = http::below(&base, [phone_number_id, "messages"]);
        let templates = (!waba_id.is_empty()).then(|| http::below(&base, [waba_id, "message_templates"]));
        Ok(Self(Arc::new(Parts { base, messages, number, templates, bearer, token: access_token })))
    }

    /// Whether both lead to the same place with the same token.
    #[must_use]
    pub fn is_same_as(&self, other: &Self) -> bool {
        (&self.0.messages, &self.0.templates, &self.0.bearer)
            == (&other.0.messages, &other.0.templates, &other.0.bearer)
    }

    pub(super) fn messages(&self) -> Url {
        self.0.messages.clone()
    }

    pub(super) fn number(&self) -> Url {
        self.0.number.clone()
    }

    /// Whether it is known where its templates are listed.
    pub fn has_templates(&self) -> bool {
        self.0.templates.is_some()
    }

    /// Where the templates of its business account are listed.
    pub(super) fn templates(&self) -> Option<Url> {
        self.0.templates.clone()
    }

    /// The apps that hear of a business account's events.
    pub(super) fn subscribed_apps(&self, waba_id: &str) -> Url {
        http::below(&self.0.base, [waba_id, "subscribed_apps"])
    }

    /// Where Meta says where a file is.
    pub(super) fn media(&self, id: &str) -> Url {
        http::below(&self.0.base, [id])
    }

    /// The Graph.
    pub(super) fn base(&self) -> &Url {
        &self.0.base
    }

    pub(super) fn authorise(&self, request: RequestBuilder) -> RequestBuilder {
        request.header(AUTHORIZATION, self.0.bearer.clone())
    }

    /// What must not show in Meta's words when they are stored: our token, and what the caller adds.
    pub(super) fn private<'a>(&'a self, more: &[&'a str]) -> Vec<&'a str> {
        let mut private = vec![self.0.token.expose_secret()];
        private.extend_from_slice(more);
        private
    }
}

impl fmt::Debug for Account {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Account").field("messages", &self.0.messages.as_str()).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn account(url: &str, id: &str, token: &str) -> Result<Account, AccountError> {
        Account::try_new(url, id, "", SecretString::from(token))
    }

    #[test]
    fn addresses_keep_the_version() {
        for base in ["https://graph.example.test/v23.0", "https://graph.example.test/v23.0/"] {
            let account = account(base, "109876543210987", "t").unwrap();
            assert_eq!(
                account.messages().as_str(),
                "https://graph.example.test/v23.0/109876543210987/messages"
            );
            assert_eq!(
                account.number().as_str(),
                "https://graph.example.test/v23.0/109876543210987?fields=id"
            );
        }
    }

    #[test]
    fn the_token_shows_nowhere() {
        let account = account("https://graph.example.test/v23.0", "1", "very-secret").unwrap();
        assert!(!format!("{account:?}").contains("very-secret"));
    }

    #[test]
    fn a_bad_field_is_named() {
        assert_eq!(account("graph", "1", "t").unwrap_err(), AccountError::GraphUrl);
        for id in ["", "+447700900300", "../1"] {
            assert_eq!(account("http://g", id, "t").unwrap_err(), AccountError::PhoneNumberId, "{id}");
        }
        for token in ["", " ", "two\nlines"] {
            assert_eq!(account("http://g", "1", token).unwrap_err(), AccountError::AccessToken);
        }
    }
}
