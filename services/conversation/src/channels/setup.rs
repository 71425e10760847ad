//! A channel as whoever sets it up needs to see it.

use std::collections::BTreeMap;

use ids::{ChannelId, TenantId};
use jiff::Timestamp;
use settings::SecretRef;

use super::{Desk, Refused, Webhook};
use crate::store::channels::{self, Change, ChannelRow};

/// A channel with all that belongs to it.
#[derive(Clone, Debug)]
pub struct Setup {
    /// The row.
    pub row: ChannelRow,
    /// What its provider must be told.
    pub webhook: Webhook,
    /// Its secrets by name.
    pub secrets: Vec<SecretState>,
}

/// A secret, seen from this process.
#[derive(Clone, Debug)]
pub struct SecretState {
    /// Its name.
    pub name: String,
    /// Where it is kept.
    pub reference: String,
    /// Why it is not found there.
    pub problem: Option<String>,
    /// When a webhook was last proven by it.
    pub last_used_at: Option<Timestamp>,
}

impl Desk {
    /// One channel.
    ///
    /// # Errors
    /// When there is none.
    pub async fn show(&self, id: ChannelId) -> Result<Setup, Refused> {
        let row = channels::list(&self.pool, Some(id), None).await?.pop();
        self.setup(row.ok_or(Refused::NotThere("channel"))?).await
    }

    /// What was done to a channel.
    ///
    /// # Errors
    /// Whatever the database says.
    pub async fn history(&self, id: ChannelId) -> Result<Vec<Change>, Refused> {
        Ok(channels::changes(&self.pool, id).await?)
    }

    /// Channels by slug.
    ///
    /// # Errors
    /// Whatever the database says.
    pub async fn list(&self, tenant: Option<TenantId>) -> Result<Vec<Setup>, Refused> {
        let mut setups = Vec::new();
        for row in channels::list(&self.pool, None, tenant).await? {
            setups.push(self.setup(row).await?);
        }
        Ok(setups)
    }

    async fn setup(&self, row: ChannelRow) -> Result<Setup, Refused> {
        let replacing = row.secrets.keys().any(|name| name.ends_with("_previous"));
        let notes = match replacing {
            true => channels::door_notes(&self.pool, row.id).await?,
            false => BTreeMap::new(),
        };
        let kept = row.secrets.clone();
        // Looking for a secret may read a file.
        let secrets = tokio::task::spawn_blocking(move || states(kept, &notes)).await.unwrap_or_default();
        Ok(Setup { webhook: Webhook::of(&row, &self.public_url), row, secrets })
    }
}

fn states(kept: BTreeMap<String, String>, notes: &BTreeMap<String, Timestamp>) -> Vec<SecretState> {
    kept.into_iter()
        .map(|(name, reference)| {
            let found = reference.parse::<SecretRef>().and_then(|reference| reference.resolve());
            SecretState {
                problem: found.err().map(|error| error.to_string()),
                last_used_at: notes.get(&name).copied(),
                name,
                reference,
            }
        })
        .collect()
}
