//! Calling the product's webhooks as Twilio does: signed with the address, and by default hardly ever again.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use uuid::Uuid;

use crate::http::{Answer, CallError, Client, Target, form};
use crate::lock::lock;
use crate::whatsapp::ledger::{About, Called, Ledger};
use crate::whatsapp::retry::RetryHabits;
use crate::whatsapp::sign;

/// Retries and all, a call takes no longer.
const TOTAL: Duration = Duration::from_secs(15);
/// Between an attempt and the next.
const PAUSE: Duration = Duration::from_millis(500);

/// An address to be called, with what its fragment says about trying again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Hook {
    /// As it is signed: without the fragment.
    url: String,
    authority: String,
    path: String,
    /// How often it is tried again (`rc`) …
    retries: u32,
    /// … after which failures (`rp`).
    after: Vec<Failure>,
    /// How long an answer may take (`rt`).
    patience: Duration,
}

/// What went wrong with a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Failure {
    Connect,
    Read,
    Client,
    Server,
}

impl Hook {
    /// Reads an address.
    pub fn read(text: &str) -> Result<Self, String> {
        let (url, fragment) = text.split_once('#').unwrap_or((text, ""));
        let target = Target::parse(url)?;
        let path = url.strip_prefix("http://").and_then(|rest| Some(&rest[rest.find('/')?..]));
        let mut hook = Self {
            url: url.to_owned(),
            authority: target.authority(),
            path: path.unwrap_or("/").to_owned(),
            retries: 1,
            after: vec![Failure::Connect],
            patience: TOTAL,
        };
        for (name, value) in form::pairs(fragment) {
            match name.as_str() {
                "rc" => hook.retries = value.parse().ok().filter(|count| *count <= 5).unwrap_or(1),
                "rp" => hook.after = value.split(',').flat_map(failures).collect(),
                "rt" => {
                    let ms = value.parse().ok().filter(|ms| (100..=15_000).contains(ms));
                    hook.patience = ms.map_or(TOTAL, Duration::from_millis);
                }
                _ => {}
            }
        }
        Ok(hook)
    }

    /// The path with its query.
    pub fn path(&self) -> &str {
        &self.path
    }
}

fn failures(word: &str) -> Vec<Failure> {
    match word {
        "ct" => vec![Failure::Connect],
        "rt" => vec![Failure::Read],
        "4xx" => vec![Failure::Client],
        "5xx" => vec![Failure::Server],
        "all" => vec![Failure::Connect, Failure::Read, Failure::Client, Failure::Server],
        _ => Vec::new(),
    }
}

fn failure(answer: &Result<Answer, CallError>) -> Option<Failure> {
    match answer {
        Ok(answer) if answer.status >= 500 => Some(Failure::Server),
        Ok(answer) if answer.status >= 400 => Some(Failure::Client),
        Ok(_) => None,
        Err(CallError::Connect(..)) => Some(Failure::Connect),
        Err(_) => Some(Failure::Read),
    }
}

/// A form to be signed and sent.
#[derive(Debug, Clone)]
pub(super) struct Call {
    pub hook: Hook,
    /// The account's token.
    pub token: String,
    pub fields: Vec<(&'static str, String)>,
    pub about: About,
}

/// Calls webhooks.
#[derive(Debug)]
pub(in crate::whatsapp) struct Callbacks {
    habits: RetryHabits,
    ledger: Ledger,
    clients: Mutex<HashMap<String, Arc<Client>>>,
}

impl Callbacks {
    pub fn new(habits: RetryHabits, ledger: Ledger) -> Self {
        Self { habits, ledger, clients: Mutex::default() }
    }

    /// Calls once, and again in the background if the hook wants it; ends with the first answer.
    pub(super) async fn call(self: &Arc<Self>, call: Call) -> Option<Answer> {
        if self.ledger.swallows(&call.about) {
            return None;
        }
        let client = self.client(&call.hook);
        let token = Uuid::new_v4().to_string();
        let begun = Instant::now();
        let answer = self.attempt(&client, &call, &token, 1).await;
        match failure(&answer) {
            None => {}
            Some(failure) if call.hook.retries > 0 && call.hook.after.contains(&failure) => {
                let this = Arc::clone(self);
                self.ledger.spawn(async move { this.call_again(client, call, token, begun).await });
            }
            Some(_) => self.ledger.lost(&call.about, 1),
        }
        answer.ok()
    }

    async fn call_again(self: Arc<Self>, client: Arc<Client>, call: Call, token: String, begun: Instant) {
        for attempt in 2..=call.hook.retries + 1 {
            tokio::time::sleep(PAUSE.mul_f64(self.habits.factor)).await;
            if begun.elapsed() > TOTAL {
                return self.ledger.lost(&call.about, attempt - 1);
            }
            let answer = self.attempt(&client, &call, &token, attempt).await;
            match failure(&answer) {
                None => return,
                Some(failure) if call.hook.after.contains(&failure) => {}
                Some(_) => return self.ledger.lost(&call.about, attempt),
            }
        }
        self.ledger.lost(&call.about, call.hook.retries + 1);
    }

    async fn attempt(
        &self,
        client: &Client,
        call: &Call,
        token: &str,
        attempt: u32,
    ) -> Result<Answer, CallError> {
        let signature = sign::twilio(&call.token, &call.hook.url, &call.fields);
        let headers = [
            ("content-type", "application/x-www-form-urlencoded; charset=utf-8"),
            ("x-twilio-signature", signature.as_str()),
            ("i-twilio-idempotency-token", token),
        ];
        let started = Instant::now();
        let patience = call.hook.patience.min(self.habits.timeout);
        let body = form::form(&call.fields);
        self.ledger.calling(attempt);
        let answer = client.post_as(&call.hook.path, &headers, body.as_bytes(), patience).await;
        let called = Called::of(attempt, &answer, started.elapsed(), |status| status < 400);
        self.ledger.called([&call.about], &called);
        answer
    }

    fn client(&self, hook: &Hook) -> Arc<Client> {
        let mut clients = lock(&self.clients);
        let client = clients.entry(hook.authority.clone()).or_insert_with(|| {
            let headers = [("user-agent", "TwilioProxy/1.1"), ("accept", "*/*")];
            let place = Target::parse(&format!("http://{}", hook.authority));
            // An authority came out of an address that could be read.
            let place = place.unwrap_or_else(|_| Target::nowhere());
            Arc::new(Client::new(place, self.habits.connections, &headers))
        });
        client.clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn by_default_only_a_failed_connection_is_tried_once_more() {
        let hook = Hook::read("http://127.0.0.1:8080/webhooks/twilio/a?x=1").unwrap();
        assert_eq!((hook.retries, hook.after.as_slice()), (1, [Failure::Connect].as_slice()));
        assert_eq!(
            (hook.path.as_str(), hook.url.as_str()),
            ("/webhooks/twilio/a?x=1", "http://127.0.0.1:8080/webhooks/twilio/a?x=1")
        );
    }

    #[test]
    fn the_fragment_asks_for_more_and_is_not_signed() {
        let hook = Hook::read("http://127.0.0.1:8080/a/#rc=5&rp=all&rt=5000&ct=2000").unwrap();
        assert_eq!((hook.retries, hook.after.len(), hook.patience), (5, 4, Duration::from_secs(5)));
        assert_eq!((hook.path.as_str(), hook.url.as_str()), ("/a/", "http://127.0.0.1:8080/a/"));
        assert_eq!(Hook::read("http://h/a#rc=9").unwrap().retries, 1);
        assert!(Hook::read("https://h/a").is_err());
    }
}
