//! The providers' side: one trait, because the other end is not ours to start.
//!
//! A provider turns a call into an [`Outcome`]; what follows from it is decided in [`crate::domain`]. Nothing here
//! touches the database, keeps state between calls, or logs what a customer is told, a number or a key.

use std::fmt;

use futures_util::future::BoxFuture;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use tokio::time::Instant;

use crate::domain::causes::Cause;
use crate::domain::connection::ConnectionState;
use crate::domain::outcome::{Outcome, Trouble};
use crate::domain::text::words;
use crate::domain::unknown::Found;

mod departure;
pub mod evolution;
mod exchange;
pub mod http;
mod retry_after;
mod scrub;

/// What delivery needs of a provider. Every call ends by its deadline, whatever the other side does.
pub trait Provider: fmt::Debug + Send + Sync {
    /// Sends one message. The outcome says what is known, and never more than that.
    fn send<'a>(
        &'a self,
        channel: &'a ChannelAccount,
        message: &'a Outgoing,
        deadline: Instant,
    ) -> BoxFuture<'a, Outcome>;

    /// Looks for a message that may have been sent; see [`Found`] for what finding none proves, and
    /// [`crate::domain::unknown::claim`] for choosing among several.
    fn find<'a>(
        &'a self,
        channel: &'a ChannelAccount,
        sought: &'a Sought,
        deadline: Instant,
    ) -> BoxFuture<'a, Result<Found, Trouble>>;

    /// Asks for the state of the channel's connection to WhatsApp.
    fn connection<'a>(
        &'a self,
        channel: &'a ChannelAccount,
        deadline: Instant,
    ) -> BoxFuture<'a, Result<ConnectionState, Trouble>>;
}

words! {
    /// Whose interface a channel speaks.
    pub enum ProviderKind as "provider" {
        /// An Evolution server: a number on the business's own phone.
        Evolution = "evolution",
        /// Meta's Cloud API.
        Meta = "meta",
        /// Twilio's Programmable Messaging.
        Twilio = "twilio",
    }
}

/// A channel's account with its provider, keys resolved. Made once per change of the channel, used for every call.
#[derive(Clone, Debug)]
pub enum ChannelAccount {
    /// An instance on an Evolution server.
    Evolution(evolution::Account),
    /// Known, and not sent through yet.
    Meta,
    /// Known, and not sent through yet.
    Twilio,
}

impl ChannelAccount {
    /// Whether both lead to the same place with the same key.
    #[must_use]
    pub fn is_same_as(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Evolution(one), Self::Evolution(other)) => one.is_same_as(other),
            _ => self.kind() == other.kind(),
        }
    }

    /// Whose interface it is.
    pub const fn kind(&self) -> ProviderKind {
        match self {
            Self::Evolution(_) => ProviderKind::Evolution,
            Self::Meta => ProviderKind::Meta,
            Self::Twilio => ProviderKind::Twilio,
        }
    }
}

/// What is to be sent. Its debug form tells nothing about the customer.
#[derive(Clone, PartialEq, Eq)]
pub struct Outgoing {
    /// The customer's address as the provider knows it.
    pub to: String,
    /// What to say.
    pub body: Body,
}

/// The content of a message, as the column `body` holds it.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Body {
    /// Plain text.
    Text {
        /// The text.
        text: String,
    },
}

/// The marks of a message that may have been sent. Its debug form tells nothing about the customer.
#[derive(Clone, PartialEq, Eq)]
pub struct Sought {
    /// The addresses under which the provider may have filed it: the one it was sent to first, then others known
    /// for the same person.
    pub addresses: Vec<String>,
    /// What was said.
    pub text: String,
    /// Not sent before: the time of the intent.
    pub from: Timestamp,
    /// Not sent after.
    pub until: Timestamp,
}

impl fmt::Debug for Outgoing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Outgoing").field("body", &self.body).finish_non_exhaustive()
    }
}

impl fmt::Debug for Body {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text { text } => write!(f, "Text({} bytes)", text.len()),
        }
    }
}

impl fmt::Debug for Sought {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sought").field("from", &self.from).field("until", &self.until).finish_non_exhaustive()
    }
}

/// The providers that are real: each call goes to the one the channel's account belongs to.
#[derive(Clone, Debug)]
pub struct Providers {
    evolution: evolution::Evolution,
}

impl Providers {
    /// All providers over one shared client; see [`http::client`].
    pub fn new(client: reqwest::Client) -> Self {
        Self { evolution: evolution::Evolution::new(client) }
    }
}

impl Provider for Providers {
    fn send<'a>(
        &'a self,
        channel: &'a ChannelAccount,
        message: &'a Outgoing,
        deadline: Instant,
    ) -> BoxFuture<'a, Outcome> {
        Box::pin(async move {
            match channel {
                ChannelAccount::Evolution(account) => self.evolution.send(account, message, deadline).await,
                ChannelAccount::Meta | ChannelAccount::Twilio => not_built(channel.kind()).into(),
            }
        })
    }

    fn find<'a>(
        &'a self,
        channel: &'a ChannelAccount,
        sought: &'a Sought,
        deadline: Instant,
    ) -> BoxFuture<'a, Result<Found, Trouble>> {
        Box::pin(async move {
            match channel {
                ChannelAccount::Evolution(account) => self.evolution.find(account, sought, deadline).await,
                ChannelAccount::Meta | ChannelAccount::Twilio => Err(not_built(channel.kind())),
            }
        })
    }

    fn connection<'a>(
        &'a self,
        channel: &'a ChannelAccount,
        deadline: Instant,
    ) -> BoxFuture<'a, Result<ConnectionState, Trouble>> {
        Box::pin(async move {
            match channel {
                ChannelAccount::Evolution(account) => self.evolution.connection(account, deadline).await,
                ChannelAccount::Meta | ChannelAccount::Twilio => Err(not_built(channel.kind())),
            }
        })
    }
}

/// Parks the channel instead of killing its messages: they keep until the release that can send them.
fn not_built(kind: ProviderKind) -> Trouble {
    Trouble::because(Cause::ProviderNotBuilt, format!("sending through {kind} is not built yet"))
}
