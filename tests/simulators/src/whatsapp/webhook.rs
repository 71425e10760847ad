//! Calling the product's webhook, with Evolution's own habits of trying again.

use std::borrow::Cow;
use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use rand::Rng;
use tokio_util::sync::CancellationToken;

use super::counts::Counts;
use super::entry::{Entry, ReceiptStatus};
use super::jid;
use crate::http::{CallError, Client, Target};
use crate::journal::Journal;

/// Seconds before attempts 2 to 10.
const RETRY_DELAYS_S: [u64; 9] = [5, 10, 20, 40, 80, 160, 300, 300, 300];
/// Answers after which an event is gone for good.
const NEVER_RETRIED: [u16; 5] = [400, 401, 403, 404, 422];

/// How patient the server is with the webhook.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RetryHabits {
    /// Shortens (or lengthens) the delays between attempts; 1.0 is the real thing, 20 minutes in all.
    pub factor: f64,
    /// How long one call may take.
    pub timeout: Duration,
    /// How many calls may be under way at a time.
    pub connections: usize,
}

impl Default for RetryHabits {
    fn default() -> Self {
        Self { factor: 1.0, timeout: Duration::from_secs(30), connections: 64 }
    }
}

impl RetryHabits {
    /// The delay before `attempt` (2 to 10); `None` when it was tried often enough.
    fn before(&self, attempt: u32, random: &mut impl Rng) -> Option<Duration> {
        let at = usize::try_from(attempt).ok()?.checked_sub(2)?;
        let base = *RETRY_DELAYS_S.get(at)?;
        let jittered = Duration::from_secs(base).mul_f64(random.random_range(0.8..1.2));
        Some(jittered.max(Duration::from_secs(5)).mul_f64(self.factor))
    }
}

/// What a call is about, for the journal.
#[derive(Debug, Clone)]
pub(super) struct About {
    pub event: &'static str,
    pub jid: String,
    pub id: String,
    pub receipt: Option<ReceiptStatus>,
}

impl About {
    /// An event of the instance itself.
    pub fn instance(event: &'static str) -> Self {
        Self { event, jid: String::new(), id: String::new(), receipt: None }
    }
}

/// The webhook of one instance.
#[derive(Debug)]
pub(super) struct Webhook {
    instance: String,
    client: Client,
    habits: RetryHabits,
    journal: Arc<Journal<Entry>>,
    counts: Arc<Counts>,
    stop: CancellationToken,
}

impl Webhook {
    pub fn new(
        instance: &str,
        target: Target,
        token: Option<&str>,
        habits: RetryHabits,
        (journal, counts, stop): (Arc<Journal<Entry>>, Arc<Counts>, CancellationToken),
    ) -> Self {
        let bearer = token.map(|token| format!("Bearer {token}"));
        let mut headers =
            vec![("user-agent", "axios/1.7.9"), ("accept", "application/json, text/plain, */*")];
        headers.extend(bearer.as_deref().map(|bearer| ("authorization", bearer)));
        let client = Client::new(target, habits.connections, &headers);
        Self { instance: instance.to_owned(), client, habits, journal, counts, stop }
    }

    /// Calls once and returns the status; an attempt that failed is repeated in the background, where later
    /// events overtake it.
    pub async fn call(self: &Arc<Self>, about: About, body: Bytes) -> Option<u16> {
        let status = self.attempt(&about, &body, 1).await;
        if !settled(status) {
            let again = Arc::clone(self).retry(about, body);
            tokio::spawn(self.stop.clone().run_until_cancelled_owned(again));
        } else if !is_success(status) {
            self.lose(about, 1);
        }
        status
    }

    async fn retry(self: Arc<Self>, about: About, body: Bytes) {
        let mut attempt = 1;
        loop {
            let pause = self.habits.before(attempt + 1, &mut rand::rng());
            let Some(pause) = pause else {
                return self.lose(about, attempt);
            };
            tokio::time::sleep(pause).await;
            attempt += 1;
            Counts::add(&self.counts.webhook_retries);
            let status = self.attempt(&about, &body, attempt).await;
            if is_success(status) {
                return;
            }
            if settled(status) {
                return self.lose(about, attempt);
            }
        }
    }

    async fn attempt(&self, about: &About, body: &[u8], attempt: u32) -> Option<u16> {
        let started = Instant::now();
        Counts::add(&self.counts.webhook_calls);
        let (status, problem) = match self.client.post("", body, self.habits.timeout).await {
            Ok(answer) => (Some(answer.status), None),
            Err(error) => (None, Some(plain(&error))),
        };
        if is_success(status) {
            Counts::add(&self.counts.webhook_accepted);
        }
        if self.journal.keeps() {
            self.journal.note(Entry::Webhook {
                instance: self.instance.clone(),
                number: jid::digits_of(&about.jid).to_owned(),
                event: Cow::Borrowed(about.event),
                id: about.id.clone(),
                receipt: about.receipt,
                attempt,
                status,
                problem,
                took_us: u64::try_from(started.elapsed().as_micros()).unwrap_or(u64::MAX),
            });
        }
        if let (true, Some(receipt)) = (is_success(status), about.receipt) {
            self.receipt_given(about, receipt);
        }
        status
    }

    fn receipt_given(&self, about: &About, receipt: ReceiptStatus) {
        Counts::add(match receipt {
            ReceiptStatus::ServerAck => &self.counts.receipts_sent,
            ReceiptStatus::DeliveryAck => &self.counts.receipts_delivered,
            ReceiptStatus::Read => &self.counts.receipts_read,
            ReceiptStatus::Error => &self.counts.receipts_failed,
        });
        if self.journal.keeps() {
            self.journal.note(Entry::Receipt {
                instance: self.instance.clone(),
                number: jid::digits_of(&about.jid).to_owned(),
                id: about.id.clone(),
                receipt,
            });
        }
    }

    fn lose(&self, about: About, attempts: u32) {
        Counts::add(&self.counts.webhook_lost);
        self.journal.note(Entry::Lost {
            instance: self.instance.clone(),
            number: jid::digits_of(&about.jid).to_owned(),
            event: Cow::Borrowed(about.event),
            id: about.id,
            attempts,
        });
    }
}

fn is_success(status: Option<u16>) -> bool {
    status.is_some_and(|status| (200..300).contains(&status))
}

/// No further attempt follows.
fn settled(status: Option<u16>) -> bool {
    is_success(status) || status.is_some_and(|status| NEVER_RETRIED.contains(&status))
}

fn plain(error: &CallError) -> String {
    match std::error::Error::source(error) {
        Some(cause) => format!("{error}: {cause}"),
        None => error.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng;
    use rand::rngs::StdRng;

    use super::*;

    #[test]
    fn the_delays_are_evolutions_and_end_after_ten_attempts() {
        let mut random = StdRng::seed_from_u64(1);
        let habits = RetryHabits::default();
        for (attempt, base) in (2..=10).zip(RETRY_DELAYS_S) {
            let seconds = habits.before(attempt, &mut random).unwrap().as_secs_f64();
            let base = base as f64;
            assert!((5.0_f64.max(base * 0.8)..=base * 1.2).contains(&seconds), "{attempt}: {seconds}");
        }
        assert_eq!(habits.before(11, &mut random), None);
        let quick = RetryHabits { factor: 0.001, ..habits };
        assert!(quick.before(2, &mut random).unwrap() <= Duration::from_millis(6));
    }

    #[test]
    fn only_some_refusals_are_final() {
        for status in [200, 202, 204, 400, 401, 403, 404, 422] {
            assert!(settled(Some(status)), "{status}");
        }
        for status in [None, Some(302), Some(409), Some(429), Some(500), Some(503)] {
            assert!(!settled(status), "{status:?}");
        }
    }
}
