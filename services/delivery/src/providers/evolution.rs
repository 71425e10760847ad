//! Evolution API v2: a server that drives the business's own WhatsApp number.
//!
//! It knows no idempotency key and answers 201 once the message is written to its socket, so what is lost between
//! us stays unknown until an echo, a receipt or a look into its list tells.

use tokio::time::Instant;

use crate::domain::connection::ConnectionState;
use crate::domain::outcome::{Outcome, Trouble};
use crate::domain::unknown::Found;
use crate::providers::{Missed, Outgoing, Signal, Sought, Window, exchange};

mod account;
mod answer;
mod classify;
mod connection;
mod find;
mod instance;
mod media;
mod message;
mod number;
mod signal;
mod webhook;

pub(in crate::providers) use media::fetch;

pub use account::{Account, AccountError};
pub use connection::session_state;

/// The client for every Evolution server.
#[derive(Clone, Debug)]
pub struct Evolution {
    client: reqwest::Client,
}

impl Evolution {
    /// Uses the shared client; see [`crate::providers::http::client`].
    pub fn new(client: reqwest::Client) -> Self {
        Self { client }
    }

    /// Sends one message.
    pub async fn send(&self, account: &Account, message: &Outgoing, deadline: Instant) -> Outcome {
        let written = match message::write(message) {
            Ok(written) => written,
            Err(trouble) => return Outcome::NotSent(trouble),
        };
        let request = account.authorise(self.client.post(account.message(written.route)));
        match exchange::post(request, written.payload, deadline).await {
            Ok(answer) => classify::sent(&answer, &account.private(&message.private())),
            Err(trouble) => trouble.into(),
        }
    }

    /// Looks for a message in the server's list, by chat, time and text.
    pub async fn find(
        &self,
        account: &Account,
        sought: &Sought,
        deadline: Instant,
    ) -> Result<Found, Trouble> {
        find::find(&self.client, account, sought, deadline).await
    }

    /// A page of everything the list holds of a time.
    pub async fn missed(
        &self,
        account: &Account,
        window: &Window,
        deadline: Instant,
    ) -> Result<Missed, Trouble> {
        find::missed(&self.client, account, window, deadline).await
    }

    /// Asks for the state of the instance's session.
    pub async fn connection(&self, account: &Account, deadline: Instant) -> Result<ConnectionState, Trouble> {
        let request = account.authorise(self.client.get(account.connection_state()));
        connection::state(&exchange::get(request, deadline).await?, account)
    }

    /// Marks a message as read, or shows that an answer is being written.
    pub async fn signal(&self, account: &Account, signal: &Signal, deadline: Instant) -> Result<(), Trouble> {
        let (url, payload) = signal::write(account, signal)?;
        let answer = exchange::post(account.authorise(self.client.post(url)), payload, deadline).await?;
        if (200..300).contains(&answer.status) {
            Ok(())
        } else {
            Err(classify::unanswered(&answer, &account.private(&[&signal.to])))
        }
    }
}
