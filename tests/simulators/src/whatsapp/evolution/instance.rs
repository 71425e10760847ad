//! One WhatsApp account on the simulated server.

use std::sync::{Arc, Mutex};

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use uuid::Uuid;

use super::chats::Chats;
use super::webhook::Webhook;
use crate::http::Target;
use crate::lock::lock;
use crate::whatsapp::fault::ClosedAnswer;
use crate::whatsapp::world::World;

/// What an instance is made from.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct InstanceSpec {
    /// The name in the paths.
    pub name: String,
    /// The key its callers must show.
    #[serde(skip_serializing)]
    pub apikey: String,
    /// Where its events go; without it nobody is told anything.
    #[serde(default)]
    pub webhook_url: Option<String>,
    /// Sent with every event as `Authorization: Bearer …`.
    #[serde(default, skip_serializing)]
    pub webhook_token: Option<String>,
    /// The account's own digits.
    #[serde(default = "own_number")]
    pub own_number: String,
}

fn own_number() -> String {
    "447700900100".to_owned()
}

impl InstanceSpec {
    /// An instance with a webhook.
    pub fn new(
        name: impl Into<String>,
        apikey: impl Into<String>,
        webhook_url: impl Into<String>,
        webhook_token: impl Into<String>,
    ) -> Self {
        Self {
            name: name.into(),
            apikey: apikey.into(),
            webhook_url: Some(webhook_url.into()),
            webhook_token: Some(webhook_token.into()),
            own_number: own_number(),
        }
    }
}

impl std::str::FromStr for InstanceSpec {
    type Err = String;

    /// Reads `name,apikey,webhook_url,token`; the last two may be left out.
    fn from_str(text: &str) -> Result<Self, String> {
        let mut parts = text.split(',').map(str::trim);
        let mut part = || parts.next().filter(|part| !part.is_empty()).map(str::to_owned);
        let (Some(name), Some(apikey)) = (part(), part()) else {
            return Err(format!("`{text}` is no instance: write name,apikey,webhook_url,token"));
        };
        Ok(Self { name, apikey, webhook_url: part(), webhook_token: part(), own_number: own_number() })
    }
}

/// Messages remembered per instance for look-ups, when the journal is kept as well.
const MESSAGES_KEPT: usize = 50_000;
/// And when nobody keeps anything.
const MESSAGES_KEPT_COUNTING: usize = 5_000;

/// Whether the account is connected to WhatsApp.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::whatsapp) enum Session {
    Open,
    Connecting,
    LoggedOut(ClosedAnswer),
}

impl Session {
    /// The word in `connection.update` and `connectionState`.
    pub fn word(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Connecting => "connecting",
            Self::LoggedOut(_) => "close",
        }
    }
}

/// A running instance.
#[derive(Debug)]
pub(in crate::whatsapp) struct Instance {
    pub spec: InstanceSpec,
    /// Evolution's own id of it.
    pub id: String,
    /// Its own chat address: in every webhook as `sender`, which is not the author of anything.
    pub own_jid: String,
    pub(super) chats: Chats,
    hook: Mutex<Hook>,
    phone: Mutex<Phone>,
    session: Mutex<Session>,
}

/// What an instance knows of a phone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::whatsapp) enum Phone {
    /// One has scanned its code.
    Paired,
    /// It shows a code and waits.
    Asked,
    /// None.
    Missing,
}

/// Where its events go, as it was set.
#[derive(Debug, Default)]
struct Hook {
    webhook: Option<Arc<Webhook>>,
    url: Option<String>,
    /// As `webhook/find` shows it.
    shown: Value,
}

/// Makes an instance, its session open.
pub(in crate::whatsapp) fn open(world: &World, spec: InstanceSpec) -> Result<Instance, String> {
    let kept = if world.ledger.journal.keeps() { MESSAGES_KEPT } else { MESSAGES_KEPT_COUNTING };
    let instance = Instance::new(spec, kept);
    if let Some(url) = instance.spec.webhook_url.clone() {
        let authorization = instance.spec.webhook_token.as_ref().map(|token| format!("Bearer {token}"));
        let headers = authorization.iter().map(|value| ("authorization", value.as_str())).collect();
        let shown = json!({ "url": url, "enabled": true, "events": [], "webhookByEvents": false });
        instance.set_webhook(world, &url, headers, shown)?;
    }
    Ok(instance)
}

impl Instance {
    fn new(spec: InstanceSpec, messages_kept: usize) -> Self {
        Self {
            id: Uuid::new_v4().to_string(),
            own_jid: format!("{}@s.whatsapp.net", spec.own_number),
            chats: Chats::new(messages_kept),
            hook: Mutex::default(),
            phone: Mutex::new(Phone::Paired),
            session: Mutex::new(Session::Open),
            spec,
        }
    }

    pub fn name(&self) -> &str {
        &self.spec.name
    }

    /// Where its events go.
    pub fn webhook(&self) -> Option<Arc<Webhook>> {
        lock(&self.hook).webhook.clone()
    }

    /// The address of that.
    pub fn webhook_url(&self) -> Option<String> {
        lock(&self.hook).url.clone()
    }

    /// What `webhook/find` shows: null while nothing was set.
    pub fn webhook_shown(&self) -> Value {
        lock(&self.hook).shown.clone()
    }

    /// Sets it.
    pub fn set_webhook(
        &self,
        world: &World,
        url: &str,
        headers: Vec<(&str, &str)>,
        shown: Value,
    ) -> Result<(), String> {
        let target = Target::parse(url).map_err(|problem| format!("webhook_url: {problem}"))?;
        let webhook = Webhook::new(target, &headers, world.options.webhook, world.ledger.clone());
        *lock(&self.hook) = Hook { webhook: Some(Arc::new(webhook)), url: Some(url.to_owned()), shown };
        Ok(())
    }

    pub fn phone(&self) -> Phone {
        *lock(&self.phone)
    }

    pub fn phone_is(&self, phone: Phone) {
        *lock(&self.phone) = phone;
    }

    pub fn session(&self) -> Session {
        *lock(&self.session)
    }

    /// Changes the session; false when it was so already.
    pub fn enter(&self, session: Session) -> bool {
        std::mem::replace(&mut *lock(&self.session), session) != session
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_instance_is_read_from_the_command_line() {
        let spec: InstanceSpec = "demo, key ,http://127.0.0.1:8080/hook,secret".parse().unwrap();
        assert_eq!((spec.name.as_str(), spec.apikey.as_str()), ("demo", "key"));
        assert_eq!(spec.webhook_url.as_deref(), Some("http://127.0.0.1:8080/hook"));
        assert_eq!(spec.webhook_token.as_deref(), Some("secret"));
        assert_eq!("demo,key".parse::<InstanceSpec>().unwrap().webhook_url, None);
        assert!("demo".parse::<InstanceSpec>().unwrap_err().contains("name,apikey"));
    }
}
