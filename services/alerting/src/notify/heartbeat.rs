//! The dead-man's signal: as long as somebody elsewhere hears it, alerts would arrive.

use std::time::Duration;

use jiff::Timestamp;
use metrics::{counter, gauge};
use reqwest::Url;
use settings::Secret;
use tracing::warn;

use crate::watch::own::Facts;

/// How long the listener may take; the watch waits for it.
const PATIENCE: Duration = Duration::from_secs(3);

/// Calls an address while all is well with alerting itself.
#[derive(Clone, Debug)]
pub struct Heartbeat {
    client: reqwest::Client,
    url: Option<Url>,
    every: Duration,
    last: Option<Timestamp>,
}

impl Heartbeat {
    /// Calls `url`, if one is set, every so often.
    #[must_use]
    pub fn new(client: reqwest::Client, url: &Secret, every: Duration) -> Self {
        let url = url.expose().trim().parse().ok();
        let url = url.filter(|url: &Url| matches!(url.scheme(), "http" | "https") && url.has_host());
        Self { client, url, every, last: None }
    }

    /// Whether anybody is called: an http address is set.
    #[must_use]
    pub fn is_set(&self) -> bool {
        self.url.is_some()
    }

    /// After each look that was written down. Silent while alerts do not arrive: whoever listens elsewhere then misses it, and
    /// knows.
    pub async fn beat(&mut self, facts: &Facts, now: Timestamp) {
        if !facts.posts.is_empty() {
            return;
        }
        gauge!("frontdesk_alerting_heartbeat_timestamp_seconds").set(now.as_second() as f64);
        let Some(url) = self.url.clone() else { return };
        let is_due = self.last.is_none_or(|last| {
            Duration::try_from(now.duration_since(last)).is_ok_and(|passed| passed >= self.every)
        });
        if !is_due {
            return;
        }
        self.last = Some(now);
        let answer = self.client.get(url).timeout(PATIENCE).send().await;
        let heard = answer.is_ok_and(|answer| answer.status().is_success());
        counter!("frontdesk_alerting_heartbeats_total", "heard" => if heard { "yes" } else { "no" })
            .increment(1);
        if !heard {
            warn!("the address of alerting.heartbeat_url did not take the dead-man's signal; it comes again");
        }
    }
}
