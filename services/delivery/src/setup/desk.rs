use std::sync::Arc;
use std::time::Duration;

use ids::ChannelId;
use secrecy::SecretString;
use settings::SecretRef;
use sqlx::PgPool;
use tokio::time::Instant;

use super::hook;
use crate::dispatch::account::{self, Unusable};
use crate::domain::causes::Cause;
use crate::domain::connection::ConnectionState;
use crate::domain::outcome::Trouble;
use crate::providers::set_up::{Hook, Hooked, Obstacle, Pairing};
use crate::providers::{ChannelAccount, Provider as _, Providers};
use crate::store::{
    channel_events,
    channels::{self, ChannelRow},
};

/// Where channels are set up.
#[derive(Clone, Debug)]
pub struct Desk {
    /// Rows.
    pub pool: PgPool,
    /// The providers.
    pub providers: Arc<Providers>,
    /// The address providers reach the webhooks under.
    pub public_url: Arc<str>,
    /// How long one call may take.
    pub call_timeout: Duration,
}

/// Why a channel is not set up.
#[derive(Clone, Debug)]
pub enum NotSetUp {
    /// There is no such channel.
    NotThere,
    /// Its account cannot be used: a field, or a secret that is not found.
    Unusable(Unusable),
    /// Nobody told us our own address.
    NoPublicUrl,
    /// The provider, or the way to it.
    Obstacle(Obstacle),
    /// The database.
    Database(Arc<sqlx::Error>),
}

impl From<sqlx::Error> for NotSetUp {
    fn from(error: sqlx::Error) -> Self {
        Self::Database(Arc::new(error))
    }
}

impl From<Obstacle> for NotSetUp {
    fn from(obstacle: Obstacle) -> Self {
        Self::Obstacle(obstacle)
    }
}

impl From<Trouble> for NotSetUp {
    fn from(trouble: Trouble) -> Self {
        Self::Obstacle(Obstacle::Trouble(trouble))
    }
}

impl From<Unusable> for NotSetUp {
    fn from(unusable: Unusable) -> Self {
        Self::Unusable(unusable)
    }
}

/// A connection as the provider sees it.
#[derive(Clone, Debug)]
pub struct Shown {
    /// The channel's row.
    pub row: ChannelRow,
    /// The session.
    pub state: ConnectionState,
    /// The webhook it should have.
    pub url: String,
    /// The one it has; or why that is not known.
    pub hooked: Result<Hooked, Obstacle>,
}

/// A channel in hand: its row, its account.
#[derive(Clone, Debug)]
pub(super) struct Held {
    pub row: ChannelRow,
    pub account: ChannelAccount,
}

impl Desk {
    /// The state of a channel's connection and of its webhook, asked for now. The door follows what is learnt.
    ///
    /// # Errors
    /// When the provider cannot be asked.
    pub async fn state(&self, id: ChannelId) -> Result<Shown, NotSetUp> {
        let held = self.hold(id).await?;
        let state = self.ask_state(&held).await?;
        let hook = self.hook(&held).await?;
        let hooked = self.providers.hooked(&held.account, &hook, self.deadline()).await;
        Ok(Shown { state, url: hook.url().to_owned(), hooked, row: held.row })
    }

    /// Makes the channel's instance, with its webhook. `false`: it was there.
    ///
    /// # Errors
    /// When the server refuses.
    pub async fn create_instance(
        &self,
        id: ChannelId,
        server_key: Option<SecretRef>,
    ) -> Result<bool, NotSetUp> {
        let held = self.hold(id).await?;
        let hook = self.hook(&held).await?;
        let server_key = match server_key {
            Some(reference) => Some(read(reference).await?),
            None => None,
        };
        let made = self.providers.create_instance(&held.account, &hook, server_key, self.deadline()).await?;
        // It was missing, and the door may be closed for it.
        channel_events::ask(&self.pool, id, "probe", None).await?;
        Ok(made)
    }

    /// A code to pair the phone with.
    ///
    /// # Errors
    /// When the server has none.
    pub async fn pair(&self, id: ChannelId, number: Option<&str>) -> Result<Pairing, NotSetUp> {
        let held = self.hold(id).await?;
        let pairing = self.providers.pair(&held.account, number, self.deadline()).await?;
        if pairing == Pairing::Paired {
            self.note(&held.row, ConnectionState::Open).await?;
        }
        Ok(pairing)
    }

    /// Starts the connection anew, and says how it stands.
    ///
    /// # Errors
    /// When the server refuses.
    pub async fn restart(&self, id: ChannelId) -> Result<ConnectionState, NotSetUp> {
        let held = self.hold(id).await?;
        self.providers.restart(&held.account, self.deadline()).await?;
        self.ask_state(&held).await
    }

    /// Ends the phone's session. `false`: it had ended. Messages wait until a phone is paired again.
    ///
    /// # Errors
    /// When the server refuses.
    pub async fn log_out(&self, id: ChannelId) -> Result<bool, NotSetUp> {
        let held = self.hold(id).await?;
        let ended = self.providers.log_out(&held.account, self.deadline()).await?;
        self.note(&held.row, ConnectionState::LoggedOut).await?;
        Ok(ended)
    }

    /// Sets the channel's webhook at its provider and reads it back. Answers with the address and what is set now.
    ///
    /// # Errors
    /// When the provider refuses, or has no interface for it.
    pub async fn set_webhook(&self, id: ChannelId) -> Result<(String, Hooked), NotSetUp> {
        let held = self.hold(id).await?;
        let hook = self.hook(&held).await?;
        self.providers.set_hook(&held.account, &hook, self.deadline()).await?;
        let hooked = self.providers.hooked(&held.account, &hook, self.deadline()).await?;
        Ok((hook.url().to_owned(), hooked))
    }

    pub(super) async fn hold(&self, id: ChannelId) -> Result<Held, NotSetUp> {
        let row = channels::read(&self.pool, &[id.uuid()]).await?.pop().ok_or(NotSetUp::NotThere)?;
        let account = account::of_one(&row, self.public_url.clone()).await?;
        Ok(Held { row, account })
    }

    pub(super) async fn hook(&self, held: &Held) -> Result<Hook, NotSetUp> {
        if self.public_url.is_empty() {
            return Err(NotSetUp::NoPublicUrl);
        }
        let (row, kind, base) = (held.row.clone(), held.account.kind(), self.public_url.clone());
        // Reading a secret may read a file.
        let wanted = tokio::task::spawn_blocking(move || hook::wanted(&row, kind, &base)).await;
        Ok(wanted.unwrap_or_else(|_| Err(unread()))?)
    }

    pub(super) async fn ask_state(&self, held: &Held) -> Result<ConnectionState, NotSetUp> {
        let state = self.providers.connection(&held.account, self.deadline()).await?;
        self.note(&held.row, state).await?;
        Ok(state)
    }

    /// Tells the channel's owner what was learnt. Being let in also settles a door that was closed for a key.
    async fn note(&self, row: &ChannelRow, state: ConnectionState) -> Result<(), NotSetUp> {
        let (word, code) = match state {
            ConnectionState::Open => ("open", None),
            ConnectionState::Connecting | ConnectionState::NotLoaded => ("connecting", None),
            ConnectionState::LoggedOut => ("closed", None),
            ConnectionState::Banned => ("closed", Some(403)),
        };
        channel_events::note_state(&self.pool, row.id, word, code).await?;
        if state == ConnectionState::Open && matches!(row.door.as_str(), "credentials" | "licence_required") {
            channel_events::ask(&self.pool, row.id, "probe", None).await?;
        }
        Ok(())
    }

    pub(super) fn deadline(&self) -> Instant {
        Instant::now() + self.call_timeout
    }
}

async fn read(reference: SecretRef) -> Result<SecretString, NotSetUp> {
    let read = tokio::task::spawn_blocking(move || reference.resolve()).await;
    match read {
        Ok(Ok(secret)) => Ok(secret.expose().to_owned().into()),
        Ok(Err(error)) => Err(Unusable { cause: Cause::KeyMissing, why: error.to_string() }.into()),
        Err(_) => Err(unread().into()),
    }
}

fn unread() -> Unusable {
    Unusable { cause: Cause::KeyMissing, why: "a secret could not be read".to_owned() }
}
