//! A business's app: where Meta tells it what happened, in signed batches, again and again for seven days.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use tokio::sync::oneshot;

use super::envelope::{self, Piece};
use crate::delay::Delay;
use crate::http::{Client, Target};
use crate::lock::lock;
use crate::whatsapp::ledger::{About, Called, Ledger};
use crate::whatsapp::retry::RetryHabits;
use crate::whatsapp::sign;

/// The most that one call carries.
const BATCH: usize = 100;
/// The pause before the second attempt; it doubles with each …
const FIRST_PAUSE: Duration = Duration::from_secs(5);
/// … up to this.
const LONGEST_PAUSE: Duration = Duration::from_secs(3600);
/// Then what was not taken is given up.
const PATIENCE: Duration = Duration::from_secs(7 * 24 * 3600);

/// The pause before `attempt` (2 and on) when so much time went by in pauses; `None` after seven days.
fn pause(attempt: u32, gone_by: Duration) -> Option<Duration> {
    let doublings = attempt.saturating_sub(2).min(20);
    let pause = FIRST_PAUSE.saturating_mul(1 << doublings).min(LONGEST_PAUSE);
    (gone_by + pause <= PATIENCE).then_some(pause)
}

/// All apps, by webhook and secret.
#[derive(Debug)]
pub(in crate::whatsapp) struct Apps {
    habits: RetryHabits,
    gather: Delay,
    ledger: Ledger,
    /// Numbers the calls of all of them.
    calls: Arc<AtomicU64>,
    known: Mutex<HashMap<(String, String), Arc<App>>>,
}

impl Apps {
    pub fn new(habits: RetryHabits, gather: Delay, ledger: Ledger) -> Self {
        Self { habits, gather, ledger, calls: Arc::default(), known: Mutex::default() }
    }

    /// The app with this webhook and secret.
    pub(super) fn app(&self, url: &str, secret: &str) -> Result<Arc<App>, String> {
        let target = Target::parse(url).map_err(|problem| format!("webhook_url: {problem}"))?;
        let mut known = lock(&self.known);
        let app = known.entry((url.to_owned(), secret.to_owned())).or_insert_with(|| {
            let headers = [("user-agent", "facebookexternalua"), ("accept", "*/*")];
            Arc::new(App {
                client: Client::new(target, self.habits.connections, &headers),
                secret: secret.to_owned(),
                habits: self.habits,
                gather: self.gather,
                ledger: self.ledger.clone(),
                calls: self.calls.clone(),
                waiting: Mutex::default(),
            })
        });
        Ok(app.clone())
    }
}

/// Something to be told.
#[derive(Debug)]
struct News {
    piece: Piece,
    about: About,
    /// Told the status of the first attempt.
    first_answer: oneshot::Sender<Option<u16>>,
}

/// One app.
#[derive(Debug)]
pub(super) struct App {
    pub client: Client,
    secret: String,
    habits: RetryHabits,
    gather: Delay,
    ledger: Ledger,
    calls: Arc<AtomicU64>,
    waiting: Mutex<Vec<News>>,
}

/// What one call carries.
struct Batch {
    abouts: Vec<About>,
    body: Vec<u8>,
    call: u64,
}

impl App {
    /// Tells something with the next call; ends with the status of its first attempt. What others tell meanwhile goes
    /// along.
    pub fn tell(
        self: &Arc<Self>,
        piece: Piece,
        about: About,
    ) -> impl Future<Output = Option<u16>> + Send + use<> {
        let (first_answer, answered) = oneshot::channel();
        let is_first = {
            let mut waiting = lock(&self.waiting);
            waiting.push(News { piece, about, first_answer });
            waiting.len() == 1
        };
        if is_first {
            self.ledger.spawn(self.clone().call_with_all());
        }
        async move { answered.await.ok().flatten() }
    }

    async fn call_with_all(self: Arc<Self>) {
        self.gather.wait().await;
        let mut news = std::mem::take(&mut *lock(&self.waiting));
        while !news.is_empty() {
            let rest = news.split_off(news.len().min(BATCH));
            self.ledger.spawn(self.clone().call(news));
            news = rest;
        }
    }

    async fn call(self: Arc<Self>, news: Vec<News>) {
        let body = envelope::body(news.iter().map(|news| &news.piece));
        let (abouts, waiting): (Vec<_>, Vec<_>) =
            news.into_iter().map(|news| (news.about, news.first_answer)).unzip();
        let batch = Batch { abouts, body, call: self.calls.fetch_add(1, Ordering::Relaxed) + 1 };
        let first = self.attempt(&batch, 1).await;
        for first_answer in waiting {
            // Nobody has to wait for it.
            let _ = first_answer.send(first.status);
        }
        if !first.taken {
            self.call_again(batch).await;
        }
    }

    /// The same bytes, until they are taken; later news overtake them.
    async fn call_again(&self, batch: Batch) {
        let (mut attempt, mut gone_by) = (1, Duration::ZERO);
        loop {
            let Some(pause) = pause(attempt + 1, gone_by) else {
                return batch.abouts.iter().for_each(|about| self.ledger.lost(about, attempt));
            };
            gone_by += pause;
            tokio::time::sleep(pause.mul_f64(self.habits.factor)).await;
            attempt += 1;
            if self.attempt(&batch, attempt).await.taken {
                return;
            }
        }
    }

    async fn attempt(&self, batch: &Batch, attempt: u32) -> Called {
        let signature = sign::meta(&self.secret, &batch.body);
        let legacy = sign::meta_legacy(&self.secret, &batch.body);
        let headers = [
            ("content-type", "application/json"),
            ("x-hub-signature", legacy.as_str()),
            ("x-hub-signature-256", signature.as_str()),
        ];
        let started = Instant::now();
        self.ledger.calling(attempt);
        let answer = self.client.post_as("", &headers, &batch.body, self.habits.timeout).await;
        // Only 200 will do.
        let called = Called::of(attempt, &answer, started.elapsed(), |status| status == 200);
        let called = Called { call: Some(batch.call), ..called };
        self.ledger.called(&batch.abouts, &called);
        called
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_double_up_to_an_hour_and_end_after_seven_days() {
        let seconds = |attempt| pause(attempt, Duration::ZERO).unwrap().as_secs();
        assert_eq!([2, 3, 4, 11, 12, 40].map(seconds), [5, 10, 20, 2560, 3600, 3600]);
        let (mut attempt, mut gone_by) = (1, Duration::ZERO);
        while let Some(length) = pause(attempt + 1, gone_by) {
            gone_by += length;
            attempt += 1;
        }
        assert!((Duration::from_secs(6 * 24 * 3600)..=PATIENCE).contains(&gone_by), "{gone_by:?}");
        assert!((170..190).contains(&attempt), "{attempt}");
    }
}
