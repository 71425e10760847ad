//! One sender of a Twilio account.

use std::fmt;
use std::sync::Arc;

use ids::MessageId;
use reqwest::{RequestBuilder, Url};
use secrecy::{ExposeSecret, SecretString};

use crate::providers::http;
use crate::providers::twilio::recipient;

/// Where and as whom to call. Addresses are built once, copies share them; the secret shows in no debug form.
#[derive(Clone)]
pub struct Account(Arc<Parts>);

struct Parts {
    messages: Url,
    templates: Url,
    senders: Url,
    from: String,
    credentials: Credentials,
    callbacks: Option<Url>,
}

/// Twilio calls once and forgets, unless the address asks for more: what it tells may be all we ever learn of a message.
const TRIED_AGAIN: &str = "rc=5&rp=all";

/// Who calls: the account with its token, or an API key with its secret.
#[derive(Clone)]
pub struct Credentials {
    /// `AC…` or `SK…`.
    pub user: String,
    /// The token, or the key's secret.
    pub secret: SecretString,
}

/// Why an account cannot be used. Names the field of the channel, never the secret.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AccountError {
    /// `account.api_url` is no address.
    #[error("account.api_url is not a web address; write it like https://api.twilio.com")]
    ApiUrl,
    /// `account.account_sid` is empty.
    #[error("account.account_sid is empty; copy it from Twilio's console")]
    AccountSid,
    /// `account.from` is no WhatsApp sender.
    #[error("account.from is not a WhatsApp sender; write it like whatsapp:+442079460000")]
    From,
    /// There is no secret.
    #[error("the secret of the account is empty; check secrets.auth_token or secrets.api_key_secret")]
    Secret,
    /// The address for callbacks is none.
    #[error("delivery.public_url is not a web address; write the address providers reach the webhooks under")]
    PublicUrl,
}

impl Account {
    /// An account from the fields of a channel. `callbacks` is the address below which each message has its own for
    /// status callbacks; without one nothing is reported. One of this machine's own is left out unless the API is here,
    /// too: Twilio could not reach it, and would refuse the message for it.
    pub fn try_new(
        api_url: &str,
        account_sid: &str,
        from: &str,
        credentials: Credentials,
        callbacks: Option<&str>,
    ) -> Result<Self, AccountError> {
        let base = http::base(api_url).ok_or(AccountError::ApiUrl)?;
        if account_sid.is_empty() {
            return Err(AccountError::AccountSid);
        }
        let from = recipient::recipient(from).map_err(|_| AccountError::From)?;
        if credentials.secret.expose_secret().trim().is_empty() || credentials.user.is_empty() {
            return Err(AccountError::Secret);
        }
        let callbacks = callbacks.map(|url| http::base(url).ok_or(AccountError::PublicUrl)).transpose()?;
        let callbacks = callbacks.filter(|url| !is_local(url) || is_local(&base));
        let messages = http::below(&base, ["2010-04-01", "Accounts", account_sid, "Messages.json"]);
        let templates = http::below(&beside(&base, "content"), ["v1", "ContentAndApprovals"]);
        let senders = http::below(&beside(&base, "messaging"), ["v2", "Channels", "Senders"]);
        Ok(Self(Arc::new(Parts { messages, templates, senders, from, credentials, callbacks })))
    }

    /// Whether both lead to the same place, as the same sender, with the same secret.
    #[must_use]
    pub fn is_same_as(&self, other: &Self) -> bool {
        let (one, other) = (&self.0, &other.0);
        let (credentials, others) = (&one.credentials, &other.credentials);
        (&one.messages, &one.from, &one.callbacks) == (&other.messages, &other.from, &other.callbacks)
            && credentials.user == others.user
            && credentials.secret.expose_secret() == others.secret.expose_secret()
    }

    pub(super) fn messages(&self) -> Url {
        self.0.messages.clone()
    }

    /// Where the account's templates are listed.
    pub(super) fn templates(&self) -> Url {
        self.0.templates.clone()
    }

    /// The account's senders, in another interface of Twilio's.
    pub(super) fn senders(&self) -> Url {
        self.0.senders.clone()
    }

    /// One of them.
    pub(super) fn sender(&self, sid: &str) -> Url {
        http::below(&self.0.senders, [sid])
    }

    pub(super) fn from(&self) -> &str {
        &self.0.from
    }

    /// Where Twilio reports what becomes of a message.
    pub(super) fn callback(&self, message: MessageId) -> Option<String> {
        let callbacks = self.0.callbacks.as_ref()?;
        let mut url = http::below(callbacks, [message.uuid().to_string().as_str()]);
        url.set_fragment(Some(TRIED_AGAIN));
        Some(url.into())
    }

    pub(super) fn authorise(&self, request: RequestBuilder) -> RequestBuilder {
        let Credentials { user, secret } = &self.0.credentials;
        request.basic_auth(user, Some(secret.expose_secret()))
    }

    /// What must not show in Twilio's words when they are stored: our secret, and what the caller adds.
    pub(super) fn private<'a>(&'a self, more: &[&'a str]) -> Vec<&'a str> {
        let mut private = vec![self.0.credentials.secret.expose_secret()];
        private.extend_from_slice(more);
        private
    }
}

/// Templates (`content`) and senders (`messaging`) have servers of their own beside the API's; elsewhere (a proxy, a
/// simulator) one serves all.
fn beside(base: &Url, server: &str) -> Url {
    let mut url = base.clone();
    let theirs = base
        .host_str()
        .and_then(|host| host.strip_prefix("api."))
        .filter(|host| host.ends_with("twilio.com"));
    if let Some(host) = theirs {
        // The host it replaces was a good one, so this is, too.
        let _kept = url.set_host(Some(&format!("{server}.{host}")));
    }
    url
}

/// An address that means another machine everywhere else.
fn is_local(url: &Url) -> bool {
    url.host_str().is_some_and(|host| host == "localhost" || host == "[::1]" || host.starts_with("127."))
}

impl fmt::Debug for Account {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Account").field("messages", &self.0.messages.as_str()).finish_non_exhaustive()
    }
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Credentials").field("user", &self.user).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn account(
        api_url: &str,
        sid: &str,
        from: &str,
        secret: &str,
        callbacks: Option<&str>,
    ) -> Result<Account, AccountError> {
        let credentials = Credentials { user: "AC01".into(), secret: SecretString::from(secret) };
        Account::try_new(api_url, sid, from, credentials, callbacks)
    }

    const API: &str = "https://api.example.test";
    const FROM: &str = "whatsapp:+447700900300";

    #[test]
    fn every_message_has_an_address_of_its_own_for_callbacks() {
        let base = Some("https://desk.example.test/in/webhooks/twilio/harbour/status");
        let account = account(API, "AC01", FROM, "t", base).unwrap();
        let id = MessageId::generate();
        let url = account.callback(id).unwrap();
        let own = format!("https://desk.example.test/in/webhooks/twilio/harbour/status/{}", id.uuid());
        assert_eq!(url, format!("{own}#rc=5&rp=all"), "and Twilio is asked to try again");
        assert_eq!(
            account.messages().as_str(),
            "https://api.example.test/2010-04-01/Accounts/AC01/Messages.json"
        );
    }

    #[test]
    fn templates_are_listed_by_a_server_of_their_own() {
        for (api, templates) in [
            ("https://api.twilio.com", "https://content.twilio.com/v1/ContentAndApprovals"),
            (
                "https://api.dublin.ie1.twilio.com",
                "https://content.dublin.ie1.twilio.com/v1/ContentAndApprovals",
            ),
            (API, "https://api.example.test/v1/ContentAndApprovals"),
        ] {
            assert_eq!(account(api, "AC01", FROM, "t", None).unwrap().templates().as_str(), templates);
        }
    }

    #[test]
    fn an_address_of_this_machine_is_told_to_this_machine_only() {
        let local = Some("http://127.0.0.1:8080/webhooks/twilio/harbour/status");
        let id = MessageId::generate();
        assert_eq!(account(API, "AC01", FROM, "t", local).unwrap().callback(id), None);
        let simulated = account("http://localhost:8092", "AC01", FROM, "t", local).unwrap();
        assert!(simulated.callback(id).is_some());
    }

    #[test]
    fn the_secret_shows_nowhere() {
        let account = account(API, "AC01", FROM, "very-secret", None).unwrap();
        assert!(!format!("{account:?} {:?}", account.0.credentials).contains("very-secret"));
        assert_eq!(account.callback(MessageId::generate()), None);
    }

    #[test]
    fn a_bad_field_is_named() {
        assert_eq!(account("api", "AC01", FROM, "t", None).unwrap_err(), AccountError::ApiUrl);
        assert_eq!(account(API, "", FROM, "t", None).unwrap_err(), AccountError::AccountSid);
        assert_eq!(account(API, "AC01", "sms", "t", None).unwrap_err(), AccountError::From);
        assert_eq!(account(API, "AC01", FROM, " ", None).unwrap_err(), AccountError::Secret);
        assert_eq!(account(API, "AC01", FROM, "t", Some("here")).unwrap_err(), AccountError::PublicUrl);
    }
}
