//! A simulator's own truth: what happened to it, numbered, bounded, and waitable.

use std::collections::VecDeque;
use std::sync::Mutex;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use tokio::sync::Notify;
use tokio::time::Instant;

use crate::lock::lock;
use crate::time;

/// One thing that happened.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Noted<E> {
    /// Counts from 1 without gaps.
    pub seq: u64,
    /// When, in microseconds since 1970.
    pub at_us: i64,
    /// What.
    #[serde(flatten)]
    pub entry: E,
}

/// The last entries of a simulator; older ones are forgotten.
#[derive(Debug)]
pub struct Journal<E> {
    kept: Mutex<Kept<E>>,
    changed: Notify,
    capacity: usize,
}

#[derive(Debug)]
struct Kept<E> {
    entries: VecDeque<Noted<E>>,
    last_seq: u64,
}

impl<E: Clone> Journal<E> {
    /// A journal of at most `capacity` entries; 0 keeps none and only numbers them.
    pub fn new(capacity: usize) -> Self {
        Self {
            kept: Mutex::new(Kept { entries: VecDeque::new(), last_seq: 0 }),
            changed: Notify::new(),
            capacity,
        }
    }

    /// Notes an entry and returns its number.
    pub fn note(&self, entry: E) -> u64 {
        let seq = {
            let mut kept = lock(&self.kept);
            kept.last_seq += 1;
            let seq = kept.last_seq;
            if self.capacity > 0 {
                if kept.entries.len() == self.capacity {
                    kept.entries.pop_front();
                }
                kept.entries.push_back(Noted { seq, at_us: time::now_us(), entry });
            }
            seq
        };
        self.changed.notify_waiters();
        seq
    }

    /// True when entries are kept, so that building one is worth it.
    pub fn keeps(&self) -> bool {
        self.capacity > 0
    }

    /// The number of the newest entry.
    pub fn last_seq(&self) -> u64 {
        lock(&self.kept).last_seq
    }

    /// The number of the oldest entry still kept.
    pub fn oldest_seq(&self) -> u64 {
        let kept = lock(&self.kept);
        kept.entries.front().map_or(kept.last_seq + 1, |noted| noted.seq)
    }

    /// Everything still kept.
    pub fn all(&self) -> Vec<Noted<E>> {
        self.since(0, usize::MAX, |_| true)
    }

    /// The entries after number `since` that `wanted` picks, oldest first, at most `limit`.
    pub fn since(&self, since: u64, limit: usize, wanted: impl Fn(&E) -> bool) -> Vec<Noted<E>> {
        let kept = lock(&self.kept);
        let first = kept.entries.front().map_or(0, |noted| noted.seq);
        let skip = usize::try_from((since + 1).saturating_sub(first)).unwrap_or(usize::MAX);
        kept.entries
            .range(skip.min(kept.entries.len())..)
            .filter(|noted| wanted(&noted.entry))
            .take(limit)
            .cloned()
            .collect()
    }

    /// As [`Journal::since`], but waits up to `patience` for the first such entry.
    pub async fn wait_since(
        &self,
        mut since: u64,
        limit: usize,
        patience: Duration,
        wanted: impl Fn(&E) -> bool,
    ) -> Vec<Noted<E>> {
        let deadline = Instant::now() + patience;
        loop {
            let mut changed = std::pin::pin!(self.changed.notified());
            // Registered before looking: what is noted in between must not be missed.
            changed.as_mut().enable();
            let seen = self.last_seq();
            let found = self.since(since, limit, &wanted);
            since = since.max(seen);
            if !found.is_empty() || tokio::time::timeout_at(deadline, changed).await.is_err() {
                return found;
            }
        }
    }

    /// Waits until an entry that `wanted` picks is there; `None` after `patience`.
    pub async fn wait_for(&self, patience: Duration, wanted: impl Fn(&E) -> bool) -> Option<Noted<E>> {
        self.wait_since(0, 1, patience, wanted).await.pop()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ring_forgets_the_oldest_and_keeps_the_numbers() {
        let journal = Journal::new(3);
        for number in 1..=5 {
            assert_eq!(journal.note(number * 10), number);
        }
        let seqs =
            |since| journal.since(since, 10, |_| true).iter().map(|noted| noted.seq).collect::<Vec<_>>();
        assert_eq!(seqs(0), [3, 4, 5]);
        assert_eq!(seqs(4), [5]);
        assert_eq!(seqs(99), [0; 0]);
        assert_eq!(journal.since(0, 1, |entry| *entry > 30)[0].entry, 40);
        assert_eq!((journal.oldest_seq(), journal.last_seq()), (3, 5));
    }

    #[test]
    fn counting_only_keeps_nothing() {
        let journal = Journal::new(0);
        assert_eq!((journal.note("a"), journal.note("b")), (1, 2));
        assert!(journal.all().is_empty() && !journal.keeps());
    }

    #[tokio::test]
    async fn a_waiter_is_woken_by_what_it_waits_for() {
        let journal = Journal::new(10);
        let patience = Duration::from_secs(5);
        let (found, ()) = tokio::join!(journal.wait_for(patience, |entry| *entry == "b"), async {
            journal.note("a");
            tokio::task::yield_now().await;
            journal.note("b");
        });
        assert_eq!(found.map(|noted| noted.seq), Some(2));
        assert_eq!(journal.wait_for(Duration::ZERO, |entry| *entry == "c").await, None);
    }
}
