//! What is done once a second: ownership, settings, news of connections, unknown outcomes.

use std::collections::HashMap;

use ids::ChannelId;
use metrics::gauge;
use tracing::{info, warn};
use uuid::Uuid;

use super::{
    dispatcher::{Dispatcher, Report},
    doors,
    reconcile::{self, Finding},
};
use crate::{
    domain::message::StateName,
    providers::ChannelAccount,
    store::{self, channel_events, sending, unknowns},
};

/// Look-ups begun in one second at most.
const LOOKUPS: i32 = 16;

impl Dispatcher {
    /// Keeps house; then every channel deserves a look, whatever wake-ups were lost.
    pub(super) async fn tick(&mut self) {
        if !self.lease.holds() {
            return;
        }
        if let Err(error) = self.keep_house().await {
            warn!(%error, "channels not looked over; the next second tries again");
        }
        for owned in self.channels.owned.values_mut() {
            owned.stir();
        }
    }

    async fn keep_house(&mut self) -> Result<(), sqlx::Error> {
        self.channels.reconcile().await?;
        self.take_back().await?;
        self.channels.claim().await?;
        self.channels.share_out().await?;
        gauge!("frontdesk_delivery_channels_owned").set(self.channels.owned.len() as f64);
        let unusable: usize = self.channels.owned.values().map(|owned| owned.unusable).sum();
        gauge!("frontdesk_delivery_templates_unusable").set(unusable as f64);
        let now = self.now();
        for channel in self.channels.refresh(now).await? {
            if let Some(owned) = self.channels.owned.get(&channel) {
                store::doors::put(&self.pool, self.heart.me(), channel, owned.epoch, &owned.door).await?;
            }
        }
        let mut handled = Vec::new();
        for event in channel_events::unhandled(&self.pool, self.heart.me()).await? {
            let Some(owned) = self.channels.owned.get(&event.channel) else { continue };
            info!(channel = %event.channel, news = event.state, code = event.code, "news of the channel's connection");
            let change = doors::on_event(&owned.door, &event, now);
            self.move_door(event.channel, change).await;
            handled.push(event.id);
        }
        // Only now: whoever waits for it to be handled reads a door that shows it.
        channel_events::handled(&self.pool, &handled).await?;
        self.sync_templates(now).await?;
        self.judge_failures(now).await?;
        self.give_signs().await?;
        self.look_up_unknowns().await
    }

    /// Queues again what is intended in a row and not under way here: the answer to its COMMIT was lost.
    pub(super) async fn take_back(&mut self) -> Result<(), sqlx::Error> {
        let under_way: Vec<Uuid> = self.under_way.iter().copied().collect();
        let messages = sending::take_back(&self.pool, self.heart.me(), &under_way).await?;
        if messages > 0 {
            info!(messages, "intents that led to no call are queued again");
        }
        self.in_doubt = false;
        Ok(())
    }

    async fn look_up_unknowns(&mut self) -> Result<(), sqlx::Error> {
        // A due look-up is used up by being read, so only those are read that can be made.
        let accounts: HashMap<ChannelId, ChannelAccount> = self
            .channels
            .owned
            .iter()
            .filter_map(|(id, owned)| Some((*id, owned.account.clone().ok()?)))
            .collect();
        if accounts.is_empty() {
            return Ok(());
        }
        let channels: Vec<Uuid> = accounts.keys().map(|id| id.uuid()).collect();
        let evidence_for = self.options.evidence_for;
        for lost in
            unknowns::lookups_due(&self.pool, self.heart.me(), &channels, LOOKUPS, evidence_for).await?
        {
            let Some(account) = accounts.get(&lost.channel_id).cloned() else { continue };
            let (pool, provider, options) = (self.pool.clone(), self.provider.clone(), self.options);
            let (settlements, reports) = (self.settlements.clone(), self.reports.clone());
            tokio::spawn(async move {
                let mut died = None;
                match reconcile::look_up(provider.as_ref(), &account, &lost, options).await {
                    Finding::Nothing => return,
                    Finding::NotAsked => {
                        if let Err(error) = unknowns::look_later(&pool, lost.id, lost.n).await {
                            warn!(correlation_id = %lost.correlation_id, message_id = %lost.id, %error, "the last look could not be made, nor put off; it stays unknown");
                        }
                        return;
                    }
                    Finding::Settled(row) => {
                        died = (row.state == StateName::Dead.as_str()).then_some(lost.id);
                        settlements.submit(*row).await;
                    }
                    Finding::Never => {
                        if let Err(error) = unknowns::leave_unknown(&pool, lost.id, lost.n).await {
                            warn!(correlation_id = %lost.correlation_id, message_id = %lost.id, %error, "verdict not written; its line goes on a little later");
                        }
                    }
                }
                // A loop that has ended needs no report.
                let _gone = reports.send(Report::Known { channel: lost.channel_id, died });
            });
        }
        Ok(())
    }
}
