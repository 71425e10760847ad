//! Where Twilio sends what customers write: the webhook of the WhatsApp sender, in the interface of its senders.

use serde::Deserialize;
use serde_json::json;
use tokio::time::Instant;

use super::{Account, Twilio, classify};
use crate::providers::exchange;
use crate::providers::set_up::{Hooked, Obstacle};

/// The sandbox, and numbers that only a Messaging Service knows.
const NOT_LISTED: Obstacle = Obstacle::NotOffered {
    why: "Twilio's list of WhatsApp senders does not show this one (the sandbox is never in it)",
    instead: "enter the webhook's URL by hand, method POST: for the sandbox under Messaging > Try it out > WhatsApp, else with \
              the sender's Messaging Service under Integration > Incoming messages",
};

#[derive(Deserialize)]
struct List {
    senders: Vec<Sender>,
}

#[derive(Deserialize)]
struct Sender {
    sid: String,
    sender_id: String,
}

#[derive(Deserialize)]
struct Shown {
    #[serde(default)]
    webhook: Option<Webhook>,
}

#[derive(Deserialize)]
struct Webhook {
    #[serde(default)]
    callback_url: Option<String>,
}

impl Twilio {
    /// Sets it.
    pub async fn set_hook(&self, account: &Account, url: &str, deadline: Instant) -> Result<(), Obstacle> {
        let sid = self.sender(account, deadline).await?;
        let payload =
            exchange::json(&json!({ "webhook": { "callback_url": url, "callback_method": "POST" } }))?;
        let request = account.authorise(self.client.post(account.sender(&sid)));
        let answer = exchange::post(request, payload, deadline).await?;
        if (200..300).contains(&answer.status) {
            Ok(())
        } else {
            Err(classify::refused(&answer, "", &account.private(&[])).into())
        }
    }

    /// Reads it back.
    pub async fn hooked(&self, account: &Account, ours: &str, deadline: Instant) -> Result<Hooked, Obstacle> {
        let sid = self.sender(account, deadline).await?;
        let answer =
            exchange::get(account.authorise(self.client.get(account.sender(&sid))), deadline).await?;
        if answer.status != 200 {
            return Err(classify::refused(&answer, "", &account.private(&[])).into());
        }
        let shown = answer.body.as_deref().and_then(|body| serde_json::from_slice::<Shown>(body).ok());
        let url = shown.and_then(|shown| shown.webhook).and_then(|webhook| webhook.callback_url);
        Ok(match url.filter(|url| !url.is_empty()) {
            None => Hooked::Nowhere,
            // The fragment only sets how often Twilio tries.
            Some(url) if without_fragment(&url) == without_fragment(ours) => Hooked::Ours,
            Some(url) => Hooked::Elsewhere { url },
        })
    }

    async fn sender(&self, account: &Account, deadline: Instant) -> Result<String, Obstacle> {
        let mut url = account.senders();
        url.set_query(Some("Channel=whatsapp&PageSize=1000"));
        let answer = exchange::get(account.authorise(self.client.get(url)), deadline).await?;
        if answer.status != 200 {
            return Err(classify::refused(&answer, "", &account.private(&[])).into());
        }
        let list = answer.body.as_deref().and_then(|body| serde_json::from_slice::<List>(body).ok());
        let senders = list.map(|list| list.senders).unwrap_or_default();
        let ours = senders.into_iter().find(|sender| sender.sender_id == account.from());
        ours.map(|sender| sender.sid).ok_or(NOT_LISTED)
    }
}

fn without_fragment(url: &str) -> &str {
    url.split_once('#').map_or(url, |(url, _)| url)
}
