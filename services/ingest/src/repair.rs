//! Gap repair: notices that something may have been missed, and fetches it.
//!
//! Noticed: nobody was there to take webhooks in (our outage, or the database's), a bridge connected again, a channel is silent
//! when it usually is not (delivery's to judge), somebody says so. Fetched: from the provider's list, which delivery asks, since it has the keys; hour by hour, oldest first, so that
//! a crash costs an hour's work and order holds. Meta needs none of it: it repeats its webhooks for seven days.

use std::sync::Arc;
use std::time::Duration;

use contract::delivery::v1::FetchMissedRequest;
use contract::delivery::v1::channel_service_client::ChannelServiceClient;
use ids::ChannelId;
use jiff::{SignedDuration, Timestamp};
use rpc::parse::proto_time;
use serde_json::Value;
use tokio::time::MissedTickBehavior;
use tokio_util::sync::CancellationToken;

use crate::channels::Channel;
use crate::intake::Intake;
use crate::metrics;
use crate::store::repairs::{self, Claimed};

const MARK_EVERY: Duration = Duration::from_secs(2);
/// Less is a tick that came late.
const LEAST_OUTAGE: Duration = Duration::from_secs(10);
const LOOK_EVERY: Duration = Duration::from_secs(2);
/// One part of a repair.
const PART: SignedDuration = SignedDuration::from_hours(1);
/// Pages of one part; a number that gets more in an hour needs a shorter part.
const PAGES: usize = 200;
/// Seconds between tries double from here …
const FIRST_WAIT: f64 = 2.0;
/// … to here, and after so many it is given up.
const LONGEST_WAIT: f64 = 600.0;
const TRIES: i32 = 30;

/// Asks delivery for what was missed, and takes it in.
#[derive(Debug, Clone)]
pub struct Repair {
    /// The door.
    pub intake: Intake,
    /// Delivery.
    pub delivery: ChannelServiceClient<rpc::Client>,
}

/// Why a part could not be done.
#[derive(Debug, thiserror::Error)]
pub enum RepairError {
    /// The provider keeps no list.
    #[error(
        "the provider keeps no list that could be asked; Meta repeats its webhooks for seven days instead"
    )]
    NoList,
    /// Nobody has put the channel, or it cannot be used.
    #[error("the channel is not known here; declare it again")]
    UnknownChannel,
    /// Delivery did not give it.
    #[error("delivery did not give the list: {0}")]
    Delivery(String),
    /// The list does not end.
    #[error("the list of one hour has too many pages")]
    TooMany,
    /// The receivers do not answer.
    #[error("it could not be handed on")]
    Unavailable,
    /// The rows of this service.
    #[error("the rows of ingest cannot be reached")]
    Rows(#[from] sqlx::Error),
}

/// Writes down who was heard of, and notices that nobody was there, until stopped. Less than `unnoticed` is nothing: the
/// providers try again that long by themselves.
pub async fn watch(intake: Intake, unnoticed: Duration, stopping: CancellationToken) -> anyhow::Result<()> {
    let unnoticed = unnoticed.max(LEAST_OUTAGE);
    let mut tick = tokio::time::interval(MARK_EVERY);
    tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
    while stopping.run_until_cancelled(tick.tick()).await.is_some() {
        let noted = intake.traffic().take();
        let written = async {
            repairs::mark(intake.rows(), &noted).await?;
            repairs::alive(intake.rows(), unnoticed.as_secs_f64()).await
        };
        match written.await {
            Ok(Some(away)) => {
                tracing::warn!(seconds = away, "nobody took webhooks in; what was missed is fetched")
            }
            Ok(None) => {}
            Err(error) => tracing::warn!(%error, "cannot write down who was heard of"),
        }
    }
    Ok(())
}

impl Repair {
    /// Works through what is queued, until stopped. Any number of processes may.
    pub async fn run(self, stopping: CancellationToken) -> anyhow::Result<()> {
        let mut tick = tokio::time::interval(LOOK_EVERY);
        tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
        while stopping.run_until_cancelled(tick.tick()).await.is_some() {
            match repairs::claim(self.intake.rows()).await {
                Ok(None) => {}
                Ok(Some(claimed)) => {
                    let _stopped = stopping.run_until_cancelled(self.one(claimed)).await;
                }
                Err(error) => tracing::warn!(%error, "cannot look for what is to be fetched"),
            }
        }
        Ok(())
    }

    async fn one(&self, claimed: Claimed) {
        let done = self.all_parts(&claimed).await;
        let Err(error) = done else {
            tracing::info!(channel_id = %claimed.channel, "what may have been missed was looked through");
            return;
        };
        let wait = (FIRST_WAIT * 2f64.powi((claimed.attempts - 1).clamp(0, 10))).min(LONGEST_WAIT);
        let wait = (claimed.attempts < TRIES && !matches!(error, RepairError::NoList)).then_some(wait);
        tracing::warn!(channel_id = %claimed.channel, %error, again_in = wait, "cannot fetch what may have been missed");
        if let Err(error) = repairs::put_back(self.intake.rows(), claimed.id, &error.to_string(), wait).await
        {
            tracing::warn!(%error, "cannot put a repair back; it is taken again in a minute");
        }
    }

    async fn all_parts(&self, claimed: &Claimed) -> Result<(), RepairError> {
        let mut from = claimed.done_until;
        while from < claimed.until {
            let to = from.checked_add(PART).map_or(claimed.until, |to| to.min(claimed.until));
            let (channel, records) = self.fetch(claimed.channel, from, to).await?;
            let taken =
                self.intake.take_missed(&channel, &records).await.map_err(|_| RepairError::Unavailable)?;
            metrics::repaired(taken);
            let found = i64::try_from(records.len()).unwrap_or(i64::MAX);
            // What has no time of its own was written in this part at the latest.
            let missed_at = (taken.news > 0).then(|| taken.newest.map_or(to, |newest| newest.min(to)));
            if !repairs::advance(self.intake.rows(), claimed.id, from, to, found, taken, missed_at).await? {
                repairs::put_back(self.intake.rows(), claimed.id, "more was added to it", Some(0.0)).await?;
                return Ok(());
            }
            from = to;
        }
        Ok(())
    }

    /// What the provider lists for a channel and a time, oldest first.
    ///
    /// # Errors
    /// [`RepairError`].
    pub async fn fetch(
        &self,
        channel: ChannelId,
        from: Timestamp,
        until: Timestamp,
    ) -> Result<(Arc<Channel>, Vec<Value>), RepairError> {
        let known = self.intake.channels().directory().by_id(channel).cloned();
        let known = known.ok_or(RepairError::UnknownChannel)?;
        let mut records = Vec::new();
        let mut page_token = String::new();
        for _ in 0..PAGES {
            let request = FetchMissedRequest {
                channel_id: channel.to_string(),
                from: Some(proto_time(from)),
                until: Some(proto_time(until)),
                page_token,
            };
            let answer = self.delivery.clone().fetch_missed(request).await;
            let answer =
                answer.map_err(|status| RepairError::Delivery(status.message().to_owned()))?.into_inner();
            if !answer.listed {
                return Err(RepairError::NoList);
            }
            records.extend(answer.records_json.iter().filter_map(|record| serde_json::from_str(record).ok()));
            if answer.next_page_token.is_empty() {
                records.reverse();
                return Ok((known, records));
            }
            page_token = answer.next_page_token;
        }
        Err(RepairError::TooMany)
    }
}
