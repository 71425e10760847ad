//! What is done once a second: ownership, settings, news of connections, unknown outcomes.

use metrics::gauge;
use tracing::{info, warn};
use uuid::Uuid;

use super::{
    dispatcher::{Dispatcher, Report},
    doors,
    reconcile::{self, Finding},
};
use crate::store::{channels, sending};

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
        let now = self.now();
        for channel in self.channels.refresh(now).await? {
            if let Some(owned) = self.channels.owned.get(&channel) {
                channels::put_door(&self.pool, self.heart.me(), channel, owned.epoch, &owned.door).await?;
            }
        }
        for event in channels::take_events(&self.pool, self.heart.me()).await? {
            let Some(owned) = self.channels.owned.get(&event.channel) else { continue };
            let change = doors::on_event(&owned.door, &event, now);
            self.move_door(event.channel, change).await;
        }
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
        for lost in sending::lookups_due(&self.pool, self.heart.me(), LOOKUPS).await? {
            let Some(Ok(account)) =
                self.channels.owned.get(&lost.channel_id).map(|owned| owned.account.clone())
            else {
                continue;
            };
            let (pool, provider, options) = (self.pool.clone(), self.provider.clone(), self.options);
            let (settlements, reports) = (self.settlements.clone(), self.reports.clone());
            tokio::spawn(async move {
                match reconcile::look_up(provider.as_ref(), &account, &lost, options).await {
                    Finding::Nothing => return,
                    Finding::Settled(row) => settlements.submit(*row).await,
                    Finding::Never => {
                        if let Err(error) = sending::leave_unknown(&pool, lost.id, lost.n).await {
                            warn!(message = %lost.id, %error, "verdict not written; its line goes on a little later");
                        }
                    }
                }
                // A loop that has ended needs no report.
                let _gone = reports.send(Report::Known { channel: lost.channel_id });
            });
        }
        Ok(())
    }
}
