//! Twilio's Programmable Messaging for WhatsApp.
//!
//! It knows no idempotency key. Two things find an answer that was lost: the status callback, whose address carries our
//! id of the message, and Twilio's list of messages.

use tokio::time::Instant;

use crate::domain::connection::ConnectionState;
use crate::domain::outcome::{Outcome, Trouble};
use crate::domain::templates::Registered;
use crate::domain::unknown::Found;
use crate::providers::{Missed, Outgoing, Sought, Window, exchange};

mod account;
mod answer;
mod classify;
mod codes;
mod find;
mod media;
mod message;
mod recipient;
mod sender;
mod templates;

pub(in crate::providers) use media::fetch;

pub use account::{Account, AccountError, Credentials};
pub use classify::failed;

/// The client for Twilio.
#[derive(Clone, Debug)]
pub struct Twilio {
    client: reqwest::Client,
}

impl Twilio {
    /// Uses the shared client; see [`crate::providers::http::client`].
    pub fn new(client: reqwest::Client) -> Self {
        Self { client }
    }

    /// Sends one message.
    pub async fn send(&self, account: &Account, message: &Outgoing, deadline: Instant) -> Outcome {
        let payload = match message::write(account, message) {
            Ok(payload) => payload,
            Err(trouble) => return Outcome::NotSent(trouble),
        };
        let request = account.authorise(self.client.post(account.messages()));
        match exchange::post(request, payload, deadline).await {
            Ok(answer) => classify::sent(&answer, &message.to, &account.private(&message.private())),
            Err(trouble) => trouble.into(),
        }
    }

    /// Looks for a message in Twilio's list, by recipient, time and text.
    pub async fn find(
        &self,
        account: &Account,
        sought: &Sought,
        deadline: Instant,
    ) -> Result<Found, Trouble> {
        find::find(&self.client, account, sought, deadline).await
    }

    /// Lists the account's content templates.
    pub async fn templates(&self, account: &Account, deadline: Instant) -> Result<Vec<Registered>, Trouble> {
        templates::list(&self.client, account, deadline).await
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

    /// Asks for the newest message of the account: an answer shows that the key is good. (Not for the account itself,
    /// which a standard API key may not see.)
    pub async fn connection(&self, account: &Account, deadline: Instant) -> Result<ConnectionState, Trouble> {
        let mut newest = account.messages();
        newest.set_query(Some("PageSize=1"));
        let answer = exchange::get(account.authorise(self.client.get(newest)), deadline).await?;
        if answer.status == 200 {
            Ok(ConnectionState::Open)
        } else {
            Err(classify::refused(&answer, "", &account.private(&[])))
        }
    }
}
