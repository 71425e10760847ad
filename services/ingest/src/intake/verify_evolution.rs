//! A request of an Evolution server: the address names the channel, a shared secret proves it.

use std::sync::Arc;

use jiff::Timestamp;

use super::plan::Trust;
use super::take::{Delivered, Intake, Refused, Taken};
use crate::channels::{Account, Directory};
use crate::providers::evolution::{self, Presented};
use crate::providers::{Forged, Provider};
use crate::quarantine::Raw;

impl Intake {
    /// Takes a request to the channel `slug`. `rest` is what follows the name in the path: nothing, an event name, a
    /// token, or a token and an event name.
    pub async fn evolution(
        &self,
        slug: &str,
        rest: &str,
        delivered: Delivered<'_>,
    ) -> Result<Taken, Refused> {
        let now = self.now();
        let presented = Presented { path: rest, headers: delivered.headers };
        let mut directory = self.channels().directory();
        if directory.by_slug(slug).is_none() {
            directory = self.fresh().await?;
        }
        let mut proven = self.evolution_proven(&directory, slug, presented, now);
        if proven == Err(Refused::Forged(Forged::Mismatch)) {
            // A token may have been replaced a moment ago, and the bridge forgets an event that is refused.
            let fresh = self.fresh().await?;
            if !Arc::ptr_eq(&directory, &fresh) {
                directory = fresh;
                proven = self.evolution_proven(&directory, slug, presented, now);
            }
        }
        proven?;
        let addressed =
            directory.by_slug(slug).filter(|channel| channel.account.provider() == Provider::Evolution);
        let raw = Raw {
            provider: Provider::Evolution,
            received_at: now,
            channel_slug: Some(slug),
            client_ref: None,
            headers: delivered.headers,
            body: delivered.body.clone(),
        };
        self.take(raw, addressed.cloned(), Trust::Channel, evolution::parse(&delivered.body)).await
    }

    /// Whether a request to the channel `slug` shows a secret of its own, or of the operator's.
    fn evolution_proven(
        &self,
        directory: &Directory,
        slug: &str,
        presented: Presented<'_>,
        now: Timestamp,
    ) -> Result<(), Refused> {
        let by_operator = || self.parts().shared.evolution.verify(presented, now);
        let addressed =
            directory.by_slug(slug).filter(|channel| channel.account.provider() == Provider::Evolution);
        match addressed.map(|channel| (channel, &channel.account)) {
            Some((channel, Account::Evolution { secrets, .. })) => match secrets.proven_by(presented, now) {
                Ok(name) => channel.seen.proven_by(name, now),
                Err(refusal) => by_operator().map_err(|_| {
                    channel.seen.refused(now);
                    refusal
                })?,
            },
            _ if directory.why_unusable(slug).is_some() => return Err(Refused::Unavailable),
            // Nobody's channel: kept if it comes from a server we know, else anybody could fill our disk.
            _ => by_operator()
                .or_else(|refusal| known_elsewhere(directory, presented, now).map_err(|_| refusal))?,
        }
        Ok(())
    }
}

/// Whether another instance's secret was presented.
fn known_elsewhere(directory: &Directory, presented: Presented<'_>, now: Timestamp) -> Result<(), Forged> {
    let known = directory.all().any(|channel| match &channel.account {
        Account::Evolution { secrets, .. } => secrets.verify(presented, now).is_ok(),
        _ => false,
    });
    if known { Ok(()) } else { Err(Forged::Mismatch) }
}
