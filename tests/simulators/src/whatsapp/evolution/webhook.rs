//! Calling the product's webhook, with Evolution's own habits of trying again.

use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use rand::Rng;

use crate::http::{Client, Target};
use crate::whatsapp::ledger::{About, Called, Ledger};
use crate::whatsapp::retry::RetryHabits;

/// Seconds before attempts 2 to 10.
const RETRY_DELAYS_S: [u64; 9] = [5, 10, 20, 40, 80, 160, 300, 300, 300];
/// Answers after which an event is gone for good.
const NEVER_RETRIED: [u16; 5] = [400, 401, 403, 404, 422];

/// The delay before `attempt` (2 to 10); `None` when it was tried often enough.
fn before(attempt: u32, habits: &RetryHabits, random: &mut impl Rng) -> Option<Duration> {
    let at = usize::try_from(attempt).ok()?.checked_sub(2)?;
    let base = *RETRY_DELAYS_S.get(at)?;
    let jittered = Duration::from_secs(base).mul_f64(random.random_range(0.8..1.2));
    Some(jittered.max(Duration::from_secs(5)).mul_f64(habits.factor))
}

/// The webhook of one instance.
#[derive(Debug)]
pub(in crate::whatsapp) struct Webhook {
    client: Client,
    habits: RetryHabits,
    ledger: Ledger,
}

impl Webhook {
    /// `more`: the headers that were set with the address.
    pub fn new(target: Target, more: &[(&str, &str)], habits: RetryHabits, ledger: Ledger) -> Self {
        let mut headers =
            vec![("user-agent", "axios/1.7.9"), ("accept", "application/json, text/plain, */*")];
        headers.extend(more);
        let client = Client::new(target, habits.connections, &headers);
        Self { client, habits, ledger }
    }

    /// Calls once and returns the status; an attempt that failed is repeated in the background, where later
    /// events overtake it.
    pub async fn call(self: &Arc<Self>, about: About, body: Bytes) -> Option<u16> {
        if self.ledger.swallows(&about) {
            return None;
        }
        let status = self.attempt(&about, &body, 1).await;
        if !settled(status) {
            let again = Arc::clone(self).retry(about, body);
            self.ledger.spawn(again);
        } else if !is_success(status) {
            self.ledger.lost(&about, 1);
        }
        status
    }

    async fn retry(self: Arc<Self>, about: About, body: Bytes) {
        let mut attempt = 1;
        loop {
            let pause = before(attempt + 1, &self.habits, &mut rand::rng());
            let Some(pause) = pause else {
                return self.ledger.lost(&about, attempt);
            };
            tokio::time::sleep(pause).await;
            attempt += 1;
            let status = self.attempt(&about, &body, attempt).await;
            if is_success(status) {
                return;
            }
            if settled(status) {
                return self.ledger.lost(&about, attempt);
            }
        }
    }

    async fn attempt(&self, about: &About, body: &[u8], attempt: u32) -> Option<u16> {
        let started = Instant::now();
        self.ledger.calling(attempt);
        let answer = self.client.post("", body, self.habits.timeout).await;
        let called = Called::of(attempt, &answer, started.elapsed(), |status| is_success(Some(status)));
        self.ledger.called([about], &called);
        called.status
    }
}

fn is_success(status: Option<u16>) -> bool {
    status.is_some_and(|status| (200..300).contains(&status))
}

/// No further attempt follows.
fn settled(status: Option<u16>) -> bool {
    is_success(status) || status.is_some_and(|status| NEVER_RETRIED.contains(&status))
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
            let seconds = before(attempt, &habits, &mut random).unwrap().as_secs_f64();
            let base = base as f64;
            assert!((5.0_f64.max(base * 0.8)..=base * 1.2).contains(&seconds), "{attempt}: {seconds}");
        }
        assert_eq!(before(11, &habits, &mut random), None);
        let quick = RetryHabits { factor: 0.001, ..habits };
        assert!(before(2, &quick, &mut random).unwrap() <= Duration::from_millis(6));
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
