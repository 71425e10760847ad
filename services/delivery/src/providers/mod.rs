//! The providers' side: one trait, because the other end is not ours to start.
//!
//! A provider turns a call into an [`Outcome`]; what follows from it is decided in [`crate::domain`]. Nothing here
//! touches the database, keeps state between calls, or logs what a customer is told, a number or a key.
//!
//! Each provider is a folder of the same shape: an account to call as, a message in the provider's words, its answer, and
//! what the answer means.

use std::fmt;
use std::time::Duration;

use futures_util::future::BoxFuture;
use ids::MessageId;
use jiff::Timestamp;
use tokio::time::Instant;

use crate::domain::connection::ConnectionState;
use crate::domain::content::{Form, Said};
use crate::domain::outcome::{Outcome, Trouble};
use crate::domain::templates::Registered;
use crate::domain::unknown::Found;

mod departure;
pub mod evolution;
mod exchange;
pub mod http;
mod loosely;
pub mod media;
pub mod meta;
mod retry_after;
mod scrub;
pub mod set_up;
pub mod twilio;

pub use crate::domain::provider::ProviderKind;

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

    /// Lists the templates the channel's account holds. `None`: the provider has no templates.
    fn templates<'a>(
        &'a self,
        channel: &'a ChannelAccount,
        deadline: Instant,
    ) -> BoxFuture<'a, Result<Option<Vec<Registered>>, Trouble>>;

    /// Gives the customer a sign. A provider without that sign does nothing and is content.
    fn signal<'a>(
        &'a self,
        channel: &'a ChannelAccount,
        signal: &'a Signal,
        deadline: Instant,
    ) -> BoxFuture<'a, Result<(), Trouble>>;
}

/// A channel's account with its provider, keys resolved. Made once per change of the channel, used for every call.
#[derive(Clone, Debug)]
pub enum ChannelAccount {
    /// An instance on an Evolution server.
    Evolution(evolution::Account),
    /// A number of Meta's Cloud API.
    Meta(meta::Account),
    /// A sender of a Twilio account.
    Twilio(twilio::Account),
}

impl ChannelAccount {
    /// Whether both lead to the same place with the same key.
    #[must_use]
    pub fn is_same_as(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Evolution(one), Self::Evolution(other)) => one.is_same_as(other),
            (Self::Meta(one), Self::Meta(other)) => one.is_same_as(other),
            (Self::Twilio(one), Self::Twilio(other)) => one.is_same_as(other),
            _ => false,
        }
    }

    /// Whether its provider has templates, and it is known where they are listed.
    pub fn has_templates(&self) -> bool {
        match self {
            Self::Evolution(_) => false,
            Self::Meta(account) => account.has_templates(),
            Self::Twilio(_) => true,
        }
    }

    /// Whose interface it is.
    pub const fn kind(&self) -> ProviderKind {
        match self {
            Self::Evolution(_) => ProviderKind::Evolution,
            Self::Meta(_) => ProviderKind::Meta,
            Self::Twilio(_) => ProviderKind::Twilio,
        }
    }
}

/// What is to be sent. Its debug form tells nothing about the customer.
#[derive(Clone, PartialEq)]
pub struct Outgoing {
    /// Our id of the message; providers that can give it back with everything they report.
    pub reference: MessageId,
    /// The customer's address as the provider knows it.
    pub to: String,
    /// What to say.
    pub said: Said,
    /// It goes as the template it names instead of as its content.
    pub as_template: bool,
    /// How long it is of use. `None`: for ever.
    pub useful_for: Option<Duration>,
}

impl Outgoing {
    /// The form in which it leaves.
    pub fn form(&self) -> Form<'_> {
        self.said.form(self.as_template)
    }

    /// What must not show in anything that is kept of the other side's words.
    fn private(&self) -> Vec<&str> {
        let mut private = self.said.private();
        private.push(&self.to);
        // The longest first: a part taken out of it would leave the rest behind.
        private.sort_unstable_by_key(|words| std::cmp::Reverse(words.len()));
        private
    }
}

/// The marks of a message that may have been sent. Its debug form tells nothing about the customer.
#[derive(Clone, PartialEq, Eq)]
pub struct Sought {
    /// The addresses under which the provider may have filed it: the one it was sent to first, then others known
    /// for the same person.
    pub addresses: Vec<String>,
    /// The words under which it is listed; see [`ProviderKind::shown_as`].
    pub text: String,
    /// Not sent before: the time of the intent.
    pub from: Timestamp,
    /// Not sent after.
    pub until: Timestamp,
}

/// A part of what a provider's list holds of a time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Window {
    /// From then on.
    pub from: Timestamp,
    /// Until then.
    pub until: Timestamp,
    /// Where the page before ended; `None`: from the beginning.
    pub page: Option<String>,
}

/// What the list holds, in the provider's own form. No debug form: it is customers' words.
#[derive(Clone, PartialEq)]
pub struct Missed {
    /// Newest first.
    pub records: Vec<serde_json::Value>,
    /// Where the next page begins.
    pub next: Option<String>,
}

/// A sign to the customer that is no message.
#[derive(Clone, PartialEq, Eq)]
pub struct Signal {
    /// Which.
    pub kind: SignalKind,
    /// The customer's address as the provider knows it.
    pub to: String,
    /// The provider's id of the customer's message it is about.
    pub provider_id: String,
}

crate::domain::text::words! {
    /// The signs there are.
    pub enum SignalKind as "signal" {
        /// Their message was read.
        Read = "read",
        /// An answer is being written.
        Typing = "typing",
    }
}

impl fmt::Debug for Outgoing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Outgoing").field("said", &self.said).finish_non_exhaustive()
    }
}

impl fmt::Debug for Sought {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sought").field("from", &self.from).field("until", &self.until).finish_non_exhaustive()
    }
}

impl fmt::Debug for Signal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Signal").field("kind", &self.kind).finish_non_exhaustive()
    }
}

/// The providers that are real: each call goes to the one the channel's account belongs to.
#[derive(Clone, Debug)]
pub struct Providers {
    evolution: evolution::Evolution,
    meta: meta::Meta,
    twilio: twilio::Twilio,
}

impl Providers {
    /// All providers over one shared client; see [`http::client`].
    pub fn new(client: reqwest::Client) -> Self {
        Self {
            evolution: evolution::Evolution::new(client.clone()),
            meta: meta::Meta::new(client.clone()),
            twilio: twilio::Twilio::new(client),
        }
    }

    /// A page of the provider's list, for what never came by webhook. `None`: it keeps none (Meta, which repeats its
    /// webhooks for seven days instead).
    ///
    /// # Errors
    /// Why it could not be had.
    pub async fn missed(
        &self,
        channel: &ChannelAccount,
        window: &Window,
        deadline: Instant,
    ) -> Result<Option<Missed>, Trouble> {
        match channel {
            ChannelAccount::Evolution(account) => {
                self.evolution.missed(account, window, deadline).await.map(Some)
            }
            ChannelAccount::Meta(_) => Ok(None),
            ChannelAccount::Twilio(account) => self.twilio.missed(account, window, deadline).await.map(Some),
        }
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
                ChannelAccount::Meta(account) => self.meta.send(account, message, deadline).await,
                ChannelAccount::Twilio(account) => self.twilio.send(account, message, deadline).await,
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
                // Meta keeps no list anybody could ask for; only what it reports tells.
                ChannelAccount::Meta(_) => Ok(Found::default()),
                ChannelAccount::Twilio(account) => self.twilio.find(account, sought, deadline).await,
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
                ChannelAccount::Meta(account) => self.meta.connection(account, deadline).await,
                ChannelAccount::Twilio(account) => self.twilio.connection(account, deadline).await,
            }
        })
    }

    fn templates<'a>(
        &'a self,
        channel: &'a ChannelAccount,
        deadline: Instant,
    ) -> BoxFuture<'a, Result<Option<Vec<Registered>>, Trouble>> {
        Box::pin(async move {
            match channel {
                ChannelAccount::Evolution(_) => Ok(None),
                ChannelAccount::Meta(account) => self.meta.templates(account, deadline).await.map(Some),
                ChannelAccount::Twilio(account) => self.twilio.templates(account, deadline).await.map(Some),
            }
        })
    }

    fn signal<'a>(
        &'a self,
        channel: &'a ChannelAccount,
        signal: &'a Signal,
        deadline: Instant,
    ) -> BoxFuture<'a, Result<(), Trouble>> {
        Box::pin(async move {
            match channel {
                ChannelAccount::Evolution(account) => self.evolution.signal(account, signal, deadline).await,
                ChannelAccount::Meta(account) => self.meta.signal(account, signal, deadline).await,
                // Twilio's messaging interface has neither sign.
                ChannelAccount::Twilio(_) => Ok(()),
            }
        })
    }
}
