//! How much a provider takes at a time, and how it counts.

use std::collections::HashMap;
use std::sync::Mutex;
use std::time::Duration;

use crate::lock::lock;

/// Pairs are forgotten when so many are known, to keep long runs small: a full bucket says no more than none.
const PAIRS_KEPT: usize = 100_000;

/// The limits of one number.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Limits {
    /// Messages a second of one number; Meta counts those that come in as well. 80 unless raised by them.
    pub per_second: u32,
    /// Messages to one customer that Meta takes at once …
    pub pair_burst: u32,
    /// … and how soon it takes another one after those.
    pub pair_every: Duration,
    /// Requests of one account under way that Twilio takes.
    pub concurrent: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { per_second: 80, pair_burst: 45, pair_every: Duration::from_secs(6), concurrent: 100 }
    }
}

/// A bucket of permissions that fills up evenly.
#[derive(Debug)]
pub(super) struct Bucket {
    /// Microseconds that one permission takes to come back.
    every_us: i64,
    /// How far ahead of now the last permission may lie.
    burst_us: i64,
    /// When the last permission given will have come back, in microseconds since 1970.
    full_at_us: Mutex<i64>,
}

impl Bucket {
    /// A full bucket of `burst` permissions, each of which comes back after `every`.
    pub fn new(burst: u32, every: Duration) -> Self {
        let every_us = i64::try_from(every.as_micros()).unwrap_or(i64::MAX / 1_000_000);
        Self {
            every_us,
            burst_us: every_us.saturating_mul(i64::from(burst.max(1))),
            full_at_us: Mutex::new(0),
        }
    }

    /// As many a second as that.
    pub fn per_second(rate: u32) -> Self {
        Self::new(rate, Duration::from_secs(1) / rate.max(1))
    }

    /// Takes a permission; false when there is none.
    pub fn take(&self, now_us: i64) -> bool {
        let mut full_at = lock(&self.full_at_us);
        let next = (*full_at).max(now_us).saturating_add(self.every_us);
        let there = next - now_us <= self.burst_us;
        if there {
            *full_at = next;
        }
        there
    }

    /// Takes a permission now or in the future; how long until then.
    pub fn reserve(&self, now_us: i64) -> Duration {
        let mut full_at = lock(&self.full_at_us);
        *full_at = (*full_at).max(now_us).saturating_add(self.every_us);
        let over = (*full_at - now_us).saturating_sub(self.burst_us);
        Duration::from_micros(u64::try_from(over).unwrap_or(0))
    }
}

/// A bucket for each customer.
#[derive(Debug)]
pub(super) struct Pairs {
    burst: u32,
    every: Duration,
    by_number: Mutex<HashMap<String, Bucket>>,
}

impl Pairs {
    /// All of them full.
    pub fn new(limits: &Limits) -> Self {
        Self { burst: limits.pair_burst, every: limits.pair_every, by_number: Mutex::default() }
    }

    /// Takes a permission to write to `number`.
    pub fn take(&self, number: &str, now_us: i64) -> bool {
        let mut known = lock(&self.by_number);
        if known.len() >= PAIRS_KEPT {
            known.clear();
        }
        let full = || Bucket::new(self.burst, self.every);
        known.entry(number.to_owned()).or_insert_with(full).take(now_us)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: i64 = 1_772_460_930_000_000;

    #[test]
    fn a_burst_is_taken_at_once_and_then_one_at_a_time() {
        let bucket = Bucket::new(3, Duration::from_secs(6));
        assert_eq!([(); 4].map(|()| bucket.take(NOW)), [true, true, true, false]);
        assert!(!bucket.take(NOW + 5_999_999));
        assert!(bucket.take(NOW + 6_000_000) && !bucket.take(NOW + 6_000_000));
    }

    #[test]
    fn what_is_too_much_now_is_told_its_turn() {
        let bucket = Bucket::per_second(2);
        let waits = [(); 4].map(|()| bucket.reserve(NOW).as_millis());
        assert_eq!(waits, [0, 0, 500, 1000]);
    }

    #[test]
    fn each_customer_has_a_bucket() {
        let pairs = Pairs::new(&Limits { pair_burst: 1, ..Limits::default() });
        assert!(pairs.take("1", NOW) && pairs.take("2", NOW) && !pairs.take("1", NOW));
    }
}
