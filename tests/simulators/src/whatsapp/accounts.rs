//! The accounts of businesses, with whichever provider.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::evolution::{Instance, InstanceSpec};
use super::meta::{Number, NumberSpec};
use super::twilio::{Sender, SenderSpec};

/// Through whom a business reaches WhatsApp.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Provider {
    /// Evolution API: a number on the business's own phone.
    Evolution,
    /// Meta's Cloud API.
    Meta,
    /// Twilio's Programmable Messaging.
    Twilio,
}

impl Provider {
    /// As it is written.
    pub fn word(self) -> &'static str {
        match self {
            Self::Evolution => "evolution",
            Self::Meta => "meta",
            Self::Twilio => "twilio",
        }
    }
}

impl std::str::FromStr for Provider {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        [Self::Evolution, Self::Meta, Self::Twilio]
            .into_iter()
            .find(|provider| provider.word() == text)
            .ok_or_else(|| format!("`{text}` is no provider: write evolution, meta or twilio"))
    }
}

/// What an account is made from.
#[derive(Debug, Clone)]
pub enum AccountSpec {
    /// An instance on the Evolution server.
    Evolution(InstanceSpec),
    /// A number with Meta.
    Meta(NumberSpec),
    /// A WhatsApp sender with Twilio.
    Twilio(SenderSpec),
}

impl AccountSpec {
    /// Reads what `POST /sim/instances` takes; without `provider` it is an instance of Evolution.
    pub(super) fn read(body: &[u8]) -> Result<Self, String> {
        let mut fields: Map<String, Value> =
            serde_json::from_slice(body).map_err(|error| format!("the body is no JSON object: {error}"))?;
        let provider = match fields.remove("provider") {
            None => Provider::Evolution,
            Some(word) => serde_json::from_value(word).map_err(|error| format!("`provider`: {error}"))?,
        };
        let fields = Value::Object(fields);
        let read = match provider {
            Provider::Evolution => serde_json::from_value(fields).map(Self::Evolution),
            Provider::Meta => serde_json::from_value(fields).map(Self::Meta),
            Provider::Twilio => serde_json::from_value(fields).map(Self::Twilio),
        };
        read.map_err(|error| error.to_string())
    }
}

impl From<InstanceSpec> for AccountSpec {
    fn from(spec: InstanceSpec) -> Self {
        Self::Evolution(spec)
    }
}

impl From<NumberSpec> for AccountSpec {
    fn from(spec: NumberSpec) -> Self {
        Self::Meta(spec)
    }
}

impl From<SenderSpec> for AccountSpec {
    fn from(spec: SenderSpec) -> Self {
        Self::Twilio(spec)
    }
}

/// A running account.
#[derive(Debug, Clone)]
pub(super) enum Account {
    Evolution(Arc<Instance>),
    Meta(Arc<Number>),
    Twilio(Arc<Sender>),
}

impl Account {
    /// By what it is called in the control API and in the journal.
    pub fn name(&self) -> &str {
        match self {
            Self::Evolution(instance) => instance.name(),
            Self::Meta(number) => number.name(),
            Self::Twilio(sender) => sender.name(),
        }
    }

    pub fn provider(&self) -> Provider {
        match self {
            Self::Evolution(_) => Provider::Evolution,
            Self::Meta(_) => Provider::Meta,
            Self::Twilio(_) => Provider::Twilio,
        }
    }

    /// As `GET /sim/instances` shows it: without its keys.
    pub fn shown(&self) -> Value {
        let mut shown = match self {
            Self::Evolution(instance) => {
                let mut shown = json!(instance.spec);
                shown["state"] = json!(instance.session().word());
                shown
            }
            Self::Meta(number) => json!(number.spec),
            Self::Twilio(sender) => json!(sender.spec),
        };
        shown["name"] = json!(self.name());
        shown["provider"] = json!(self.provider());
        shown
    }
}
