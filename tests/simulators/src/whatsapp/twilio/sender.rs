//! A WhatsApp sender of a business with Twilio.

use std::collections::HashSet;
use std::sync::{Arc, Mutex};

use serde::{Deserialize, Serialize};
use tokio::sync::Semaphore;

use super::callbacks::Hook;
use super::messages::Messages;
use crate::http::Request;
use crate::lock::lock;
use crate::whatsapp::limits::Bucket;
use crate::whatsapp::window::Windows;
use crate::whatsapp::world::World;

/// Messages remembered per sender for look-ups.
const MESSAGES_KEPT: usize = 50_000;
/// What unsubscribes a customer, unless the account was set up otherwise …
const STOPS: [&str; 8] = ["STOP", "STOPALL", "UNSUBSCRIBE", "CANCEL", "END", "QUIT", "REVOKE", "OPTOUT"];
/// … and what subscribes again.
const STARTS: [&str; 2] = ["START", "UNSTOP"];

/// What a sender is made from.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SenderSpec {
    /// The account it belongs to: `AC` and 32 hexadecimal digits.
    pub account_sid: String,
    /// With which its callers authenticate, and its webhooks are signed.
    #[serde(skip_serializing)]
    pub auth_token: String,
    /// An API key its callers may use as well, as `SK…:secret`; webhooks are signed with the token all the same.
    #[serde(default, skip_serializing)]
    pub api_key: Option<String>,
    /// Where it is told what customers write, with the fragment that sets how often Twilio tries (`#rc=5&rp=all`);
    /// without it nobody is told.
    #[serde(default)]
    pub webhook_url: Option<String>,
    /// The number, as `whatsapp:+447700900300`. It is called by its digits here.
    #[serde(default = "from")]
    pub from: String,
    /// The messaging service it sends through as well.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub messaging_service_sid: Option<String>,
    /// Twilio unsubscribes customers who write STOP, CANCEL or the like, and refuses sends to them with 21610.
    #[serde(default = "yes")]
    pub opt_out: bool,
}

fn from() -> String {
    "whatsapp:+447700900300".to_owned()
}

fn yes() -> bool {
    true
}

impl SenderSpec {
    /// A sender with a webhook.
    pub fn new(
        account_sid: impl Into<String>,
        auth_token: impl Into<String>,
        webhook_url: impl Into<String>,
    ) -> Self {
        Self {
            account_sid: account_sid.into(),
            auth_token: auth_token.into(),
            api_key: None,
            webhook_url: Some(webhook_url.into()),
            from: from(),
            messaging_service_sid: None,
            opt_out: true,
        }
    }
}

impl std::str::FromStr for SenderSpec {
    type Err = String;

    /// Reads `account_sid,auth_token,webhook_url,from`; the last two may be left out.
    fn from_str(text: &str) -> Result<Self, String> {
        let mut parts = text.split(',').map(str::trim);
        let mut part = || parts.next().filter(|part| !part.is_empty()).map(str::to_owned);
        let (Some(account_sid), Some(auth_token)) = (part(), part()) else {
            return Err(format!("`{text}` is no sender: write account_sid,auth_token,webhook_url,from"));
        };
        let webhook_url = part();
        let number = part().unwrap_or_else(from);
        Ok(Self { webhook_url, from: number, ..Self::new(account_sid, auth_token, "") })
    }
}

/// A running sender.
#[derive(Debug)]
pub(in crate::whatsapp) struct Sender {
    pub spec: SenderSpec,
    digits: String,
    hook: Mutex<Option<Hook>>,
    /// Its address as it was set.
    callback_url: Mutex<Option<String>>,
    pub(super) windows: Windows,
    /// When its messages leave for WhatsApp: what is too much waits in Twilio's queue.
    pub(super) departures: Bucket,
    /// Requests that may be under way.
    pub(super) places: Arc<Semaphore>,
    pub(super) messages: Messages,
    opted_out: Mutex<HashSet<String>>,
}

impl Sender {
    pub fn try_new(world: &World, spec: SenderSpec) -> Result<Self, String> {
        let digits = spec.from.strip_prefix("whatsapp:+").filter(|digits| {
            (7..=15).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit())
        });
        let digits = digits.ok_or("from: write the number as whatsapp:+447700900300")?.to_owned();
        let hook = match &spec.webhook_url {
            None => None,
            Some(url) => Some(Hook::read(url).map_err(|problem| format!("webhook_url: {problem}"))?),
        };
        let limits = &world.options.limits;
        Ok(Self {
            hook: Mutex::new(hook),
            callback_url: Mutex::new(spec.webhook_url.clone()),
            windows: Windows::new(world.options.window),
            departures: Bucket::per_second(limits.per_second),
            places: Arc::new(Semaphore::new(limits.concurrent)),
            messages: Messages::new(MESSAGES_KEPT),
            opted_out: Mutex::default(),
            digits,
            spec,
        })
    }

    pub fn name(&self) -> &str {
        &self.digits
    }

    /// Where it is told what customers write.
    pub(super) fn hook(&self) -> Option<Hook> {
        lock(&self.hook).clone()
    }

    /// That address.
    pub(super) fn callback_url(&self) -> Option<String> {
        lock(&self.callback_url).clone()
    }

    /// Changes it.
    pub(super) fn tell(&self, url: &str) -> Result<(), String> {
        *lock(&self.hook) = Some(Hook::read(url)?);
        *lock(&self.callback_url) = Some(url.to_owned());
        Ok(())
    }

    /// Its id among the account's senders.
    pub(super) fn sid(&self) -> String {
        format!("XE{:0>32}", self.digits)
    }

    /// True when the request shows the account's sid and token, or its API key.
    pub(super) fn lets_in(&self, request: &Request) -> bool {
        let Some((user, password)) = request.basic_auth() else { return false };
        let by_token = user == self.spec.account_sid && password == self.spec.auth_token;
        by_token || self.spec.api_key.as_deref() == Some(format!("{user}:{password}").as_str())
    }

    /// Takes note of what a customer's words mean to Twilio itself.
    pub(super) fn hears(&self, digits: &str, words: &str) {
        let words = words.trim().to_uppercase();
        if self.spec.opt_out && STOPS.contains(&words.as_str()) {
            lock(&self.opted_out).insert(digits.to_owned());
        } else if STARTS.contains(&words.as_str()) {
            lock(&self.opted_out).remove(digits);
        }
    }

    pub(super) fn is_opted_out(&self, digits: &str) -> bool {
        lock(&self.opted_out).contains(digits)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sender_is_read_from_the_command_line() {
        let spec: SenderSpec =
            "AC00, token ,http://127.0.0.1:8080/hook#rc=5,whatsapp:+447700900301".parse().unwrap();
        assert_eq!((spec.account_sid.as_str(), spec.auth_token.as_str()), ("AC00", "token"));
        assert_eq!(spec.from, "whatsapp:+447700900301");
        let short: SenderSpec = "AC00,token".parse().unwrap();
        assert_eq!((short.webhook_url, short.from.as_str()), (None, "whatsapp:+447700900300"));
        assert!("AC00".parse::<SenderSpec>().unwrap_err().contains("auth_token"));
    }
}
