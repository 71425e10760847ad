//! Meta's WhatsApp Business Cloud API.
//!
//! It knows no idempotency key, and no message can be looked up there. What it gives is an echo: the reference we send
//! along comes back with every status, so an answer that was lost is found when the first status arrives.

use tokio::time::Instant;

use crate::domain::connection::ConnectionState;
use crate::domain::outcome::{Outcome, Trouble};
use crate::domain::templates::Registered;
use crate::providers::{Outgoing, Signal, exchange};

mod account;
mod answer;
mod classify;
mod codes;
mod interactive;
mod media;
mod message;
mod recipient;
mod signal;
mod subscription;
mod template;
mod templates;

pub(in crate::providers) use media::fetch;

pub use account::{Account, AccountError};
pub use classify::failed;

/// The client for Meta's Graph.
#[derive(Clone, Debug)]
pub struct Meta {
    client: reqwest::Client,
}

impl Meta {
    /// Uses the shared client; see [`crate::providers::http::client`].
    pub fn new(client: reqwest::Client) -> Self {
        Self { client }
    }

    /// Sends one message.
    pub async fn send(&self, account: &Account, message: &Outgoing, deadline: Instant) -> Outcome {
        let payload = match message::write(message) {
            Ok(payload) => payload,
            Err(trouble) => return Outcome::NotSent(trouble),
        };
        let request = account.authorise(self.client.post(account.messages()));
        match exchange::post(request, payload, deadline).await {
            Ok(answer) => classify::sent(&answer, &account.private(&message.private())),
            Err(trouble) => trouble.into(),
        }
    }

    /// Asks for the number itself: an answer shows that the key is good and the number there.
    pub async fn connection(&self, account: &Account, deadline: Instant) -> Result<ConnectionState, Trouble> {
        let answer = exchange::get(account.authorise(self.client.get(account.number())), deadline).await?;
        if answer.status == 200 {
            Ok(ConnectionState::Open)
        } else {
            Err(classify::refused(&answer, &account.private(&[])))
        }
    }

    /// Lists the templates of the number's business account.
    pub async fn templates(&self, account: &Account, deadline: Instant) -> Result<Vec<Registered>, Trouble> {
        templates::list(&self.client, account, deadline).await
    }

    /// Marks a message as read, with or without "typing".
    pub async fn signal(&self, account: &Account, signal: &Signal, deadline: Instant) -> Result<(), Trouble> {
        let request = account.authorise(self.client.post(account.messages()));
        let answer = exchange::post(request, signal::write(signal)?, deadline).await?;
        if answer.status == 200 { Ok(()) } else { Err(classify::refused(&answer, &account.private(&[]))) }
    }
}
