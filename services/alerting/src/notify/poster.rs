//! Puts changes into posts, and posts them. Any number of processes may; each row is taken by one.

use std::time::Duration;

use clock::SharedClock;
use jiff::Timestamp;
use metrics::counter;
use sqlx::PgPool;
use tokio::time::MissedTickBehavior;
use tokio_util::sync::CancellationToken;
use tracing::{info, warn};
use uuid::Uuid;

use super::{Called, Target, Targets, call};
use crate::{
    domain::bundle,
    store::posts::{self, Due, NewPost, Settled},
};

const EVERY: Duration = Duration::from_secs(1);
/// Between tries; the last for all further ones …
const PAUSES: [u64; 6] = [5, 15, 60, 300, 900, 1800];
/// … until the post is so old.
const LONGEST: Duration = Duration::from_secs(24 * 3600);
/// Posts in one tick.
const AT_ONCE: usize = 10;

/// The loop's state. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Poster {
    /// Rows.
    pub pool: PgPool,
    /// For all calls.
    pub client: reqwest::Client,
    /// Who is told.
    pub targets: Targets,
    /// Signs posts.
    pub clock: SharedClock,
    /// Posts are this far apart, so that a flood is one.
    pub group_every: Duration,
}

impl Poster {
    /// Posts until `stop`. Each receiver has a loop of its own: one that does not answer holds up nobody else.
    pub async fn run(self, stop: CancellationToken) -> anyhow::Result<()> {
        info!(targets = self.targets.configured().len(), "alerts are posted from now on");
        let [slack, webhook] = Target::ALL.map(|target| {
            let this = self.clone();
            every_second(stop.clone(), move || {
                let this = this.clone();
                async move { this.post_to(target).await }
            })
        });
        let bundling = every_second(stop, || self.bundle());
        tokio::join!(bundling, slack, webhook);
        Ok(())
    }

    /// Posts what is due there.
    async fn post_to(&self, target: Target) -> Result<(), sqlx::Error> {
        for _ in 0..AT_ONCE {
            let Some(due) = posts::begin(&self.pool, target.name()).await? else { return Ok(()) };
            self.post(target, due).await?;
        }
        Ok(())
    }

    async fn bundle(&self) -> Result<(), sqlx::Error> {
        let mut changes = self.pool.begin().await?;
        if !posts::may_bundle(&mut changes, self.group_every).await? {
            return Ok(());
        }
        let news = posts::loose(&mut changes).await?;
        if news.is_empty() {
            return Ok(());
        }
        let told: Vec<Uuid> = news.iter().map(|one| one.id).collect();
        let targets = self.targets.configured();
        let mut made = Vec::new();
        for bundle in bundle::bundles(news) {
            for target in &targets {
                made.extend(bundle.chunks(target.most()).map(|part| {
                    let id = Uuid::now_v7();
                    let notifications = part.iter().map(|one| one.id).collect();
                    NewPost { id, target: *target, notifications, body: target.body(id, part) }
                }));
            }
        }
        posts::put(&mut changes, &made).await?;
        posts::note_posted(&mut changes, &told).await?;
        changes.commit().await?;
        if targets.is_empty() {
            counter!("frontdesk_alerting_posts_total", "target" => "none", "result" => "nobody")
                .increment(told.len() as u64);
            warn!(
                changes = told.len(),
                "nobody is told of incidents: neither alerting.slack_webhook_url nor alerting.webhook_url is set"
            );
        }
        Ok(())
    }

    async fn post(&self, target: Target, due: Due) -> Result<(), sqlx::Error> {
        if !self.targets.has(target) {
            let answer = format!("{} is not set any more", target.setting());
            return posts::settle(&self.pool, due.id, due.tries, Settled::GivenUp { answer }).await;
        }
        let called = call::call(
            &self.client,
            &self.targets,
            target,
            due.id,
            &due.body,
            due.unknowns > 0,
            self.clock.now(),
        )
        .await;
        let (result, settled) = settled(called, &due);
        counter!("frontdesk_alerting_posts_total", "target" => target.name(), "result" => result)
            .increment(1);
        if let Settled::Again { answer, .. } | Settled::GivenUp { answer } = &settled {
            warn!(post = %due.id, target = target.name(), tries = due.tries, answer, "an alert did not arrive");
        }
        posts::settle(&self.pool, due.id, due.tries, settled).await
    }
}

async fn every_second<W>(stop: CancellationToken, mut work: impl FnMut() -> W)
where
    W: Future<Output = Result<(), sqlx::Error>>,
{
    let mut tick = tokio::time::interval(EVERY);
    tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
    while stop.run_until_cancelled(tick.tick()).await.is_some() {
        if let Err(error) = work().await {
            warn!(%error, "alerts were not posted; the next second tries again");
        }
    }
}

fn settled(called: Called, due: &Due) -> (&'static str, Settled) {
    let place = usize::try_from(due.tries.saturating_sub(1)).unwrap_or_default();
    let pause = Duration::from_secs(PAUSES[place.min(PAUSES.len() - 1)]);
    let (answer, pause, is_unknown, result) = match called {
        Called::Arrived => return ("sent", Settled::Sent),
        Called::Not { why, again } => (why, again.unwrap_or_default().max(pause), false, "refused"),
        Called::Unknown { why } => (why, pause, true, "unknown"),
    };
    if due.age >= LONGEST {
        return ("given_up", Settled::GivenUp { answer });
    }
    (result, Settled::Again { answer, pause, is_unknown })
}

/// Tries whether a receiver can be reached, at once and without a row.
pub async fn test(poster: &Poster, target: Target, asked_by: &str, now: Timestamp) -> Called {
    let id = Uuid::now_v7();
    call::call(&poster.client, &poster.targets, target, id, &target.test_body(id, asked_by), false, now).await
}

#[cfg(test)]
mod tests;
