//! A channel's token bucket, as a value.
//!
//! The bucket is stored with the intent it paid for, in one transaction, so that a change of owner, a crash or a
//! replay never yields more than was agreed: in any span of `t` seconds at most `capacity + per_second · t`.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

#[cfg(test)]
mod tests;

/// The fastest a bucket fills. More than that is no limit.
pub const FASTEST: f64 = 1_000_000.0;

/// The slowest a bucket fills: one token in a day.
pub const SLOWEST: f64 = 1.0 / 86_400.0;

/// By so much a sum of parts may miss the whole token it stands for.
const ROUNDING: f64 = 1e-9;

/// The tokens of one channel at one instant.
///
/// `now` must come from one clock for all owners of the channel, which is the database's. Should it step back,
/// nothing is refilled until it has caught up.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Bucket {
    /// Tokens at `at`; between 0 and `capacity`.
    pub tokens: f64,
    /// The instant of `tokens`, in whole microseconds (what a row can hold).
    pub at: Timestamp,
    /// Tokens that come in per second.
    pub per_second: f64,
    /// The most it holds: how many may go at once after a quiet time.
    pub capacity: u32,
}

/// What came of asking for tokens.
#[derive(Clone, Copy, Debug, PartialEq)]
#[must_use = "an untaken bucket pays twice"]
pub struct Taken {
    /// How many were there, at most as many as asked for.
    pub granted: u32,
    /// The bucket afterwards; store it with what the tokens pay for.
    pub bucket: Bucket,
    /// When the next token will be there, if fewer were granted than asked for.
    pub next: Option<Timestamp>,
}

impl Bucket {
    /// A full bucket, as `delivery.put_channel_v1` makes it. A rate beyond [`SLOWEST`] and [`FASTEST`] is brought within them, a capacity below 1 to 1.
    #[cfg(test)]
    pub fn full(per_second: f64, capacity: u32, now: Timestamp) -> Self {
        let capacity = capacity.max(1);
        Self { tokens: f64::from(capacity), at: whole_micros(now), per_second: bounded(per_second), capacity }
    }

    /// Takes up to `n` tokens.
    pub fn take(self, n: u32, now: Timestamp) -> Taken {
        let mut bucket = self.refilled(now);
        let granted = ((bucket.tokens + ROUNDING).floor() as u32).min(n);
        bucket.tokens = (bucket.tokens - f64::from(granted)).max(0.0);
        let next = (granted < n).then(|| bucket.next_token());
        // Asking in vain leaves the row as it is: nothing to store, and no rounding adds up.
        Taken { granted, bucket: if granted == 0 { self } else { bucket }, next }
    }

    /// Grants nothing before `until`, and at most one token then: a provider said "too often".
    pub fn held_until(self, until: Timestamp) -> Self {
        let until = whole_micros(until);
        if until <= self.at {
            return self;
        }
        // The token that will be there at `until` is the first of the new count. Never counted from before the last
        // taking: that time has been paid out.
        Self { tokens: 0.0, at: earlier(until, self.seconds_per_token()).max(self.at), ..self }
    }

    /// The same bucket under new settings. What it holds stays, within the new capacity.
    pub fn with_limits(self, per_second: f64, capacity: u32, now: Timestamp) -> Self {
        let bucket = self.refilled(now);
        let capacity = capacity.max(1);
        Self {
            tokens: bucket.tokens.min(f64::from(capacity)),
            per_second: bounded(per_second),
            capacity,
            ..bucket
        }
    }

    fn refilled(self, now: Timestamp) -> Self {
        let now = whole_micros(now);
        // A row edited by hand may hold anything.
        let capacity = self.capacity.max(1);
        let held = if self.tokens.is_finite() { self.tokens.clamp(0.0, f64::from(capacity)) } else { 0.0 };
        let bucket = Self { tokens: held, capacity, per_second: bounded(self.per_second), ..self };
        if now <= bucket.at {
            return bucket;
        }
        let gained = now.duration_since(bucket.at).as_secs_f64() * bucket.per_second;
        Self { tokens: (bucket.tokens + gained).min(f64::from(capacity)), at: now, ..bucket }
    }

    fn next_token(&self) -> Timestamp {
        let missing = (1.0 - self.tokens - ROUNDING).max(0.0);
        // Rounded up to the microsecond, so that whoever comes back then finds it.
        let micros = (missing * self.seconds_per_token() * 1e6).ceil() as i64;
        self.at.checked_add(SignedDuration::from_micros(micros)).unwrap_or(Timestamp::MAX)
    }

    fn seconds_per_token(&self) -> f64 {
        bounded(self.per_second).recip()
    }
}

fn bounded(per_second: f64) -> f64 {
    if per_second.is_nan() { SLOWEST } else { per_second.clamp(SLOWEST, FASTEST) }
}

fn whole_micros(at: Timestamp) -> Timestamp {
    Timestamp::from_microsecond(at.as_microsecond()).unwrap_or(at)
}

fn earlier(at: Timestamp, seconds: f64) -> Timestamp {
    let micros = (seconds * 1e6).floor() as i64;
    at.checked_sub(SignedDuration::from_micros(micros)).unwrap_or(Timestamp::MIN)
}
