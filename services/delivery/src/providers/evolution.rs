//! Evolution API v2: a server that drives the business's own WhatsApp number.
//!
//! It knows no idempotency key and answers 201 once the message is written to its socket, so what is lost between
//! us stays unknown until an echo, a receipt or a look into its list tells.

use serde::Serialize;
use tokio::time::Instant;

use crate::domain::connection::ConnectionState;
use crate::domain::outcome::{Outcome, Trouble};
use crate::domain::unknown::Found;
use crate::providers::{Body, Outgoing, Sought, exchange};

mod account;
mod answer;
mod classify;
mod connection;
mod find;
mod number;

pub use account::{Account, AccountError};
pub use connection::session_state;

/// The client for every Evolution server.
#[derive(Clone, Debug)]
pub struct Evolution {
    client: reqwest::Client,
}

/// The body of `sendText`. No `delay`: it would hold the request open while "typing".
#[derive(Serialize)]
struct SendText<'a> {
    number: &'a str,
    text: &'a str,
}

impl Evolution {
    /// Uses the shared client; see [`crate::providers::http::client`].
    pub fn new(client: reqwest::Client) -> Self {
        Self { client }
    }

    /// Sends one message.
    pub async fn send(&self, account: &Account, message: &Outgoing, deadline: Instant) -> Outcome {
        let Body::Text { text } = &message.body;
        let number = match number::recipient(&message.to) {
            Ok(number) => number,
            Err(trouble) => return trouble.into(),
        };
        let json = match serde_json::to_vec(&SendText { number, text }) {
            Ok(json) => json,
            Err(error) => return answer::unwritable(&error).into(),
        };
        let request = account.authorise(self.client.post(account.send_text()));
        match exchange::post(request, json, deadline).await {
            Ok(answer) => classify::sent(&answer, &account.private(&[text, &message.to])),
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

    /// Asks for the state of the instance's session.
    pub async fn connection(&self, account: &Account, deadline: Instant) -> Result<ConnectionState, Trouble> {
        let request = account.authorise(self.client.get(account.connection_state()));
        connection::state(&exchange::get(request, deadline).await?, account)
    }
}
