#![doc = include_str!("../README.md")]

use std::borrow::Cow;
use std::time::Duration;

use rand::Rng;

#[cfg(test)]
mod tests;

/// The part of a delay by which it may be shorter or longer: 0.1 is ±10 %.
pub const JITTER: f64 = 0.1;

/// The longest delay a profile may hold. Anything longer is a schedule, not a retry.
pub const LONGEST_DELAY: Duration = Duration::from_secs(7 * 24 * 60 * 60);

/// The most delays a profile may hold.
pub const MOST_DELAYS: usize = 64;

/// How often something is tried, and how far apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Profile {
    name: Cow<'static, str>,
    delays: Cow<'static, [Duration]>,
}

/// For what a person waits for: 1, 2, 4, 8, 16 minutes.
pub static CONVERSATION: Profile = Profile::built_in(
    "conversation",
    &[
        Duration::from_secs(60),
        Duration::from_secs(120),
        Duration::from_secs(240),
        Duration::from_secs(480),
        Duration::from_secs(960),
    ],
);

/// For reminders: 5, 25, 125, 625, 3125 seconds.
pub static REMINDER: Profile = Profile::built_in(
    "reminder",
    &[
        Duration::from_secs(5),
        Duration::from_secs(25),
        Duration::from_secs(125),
        Duration::from_secs(625),
        Duration::from_secs(3125),
    ],
);

/// For tests and demonstrations: 50, 100, 200, 400, 800 milliseconds.
pub static FAST: Profile = Profile::built_in(
    "fast",
    &[
        Duration::from_millis(50),
        Duration::from_millis(100),
        Duration::from_millis(200),
        Duration::from_millis(400),
        Duration::from_millis(800),
    ],
);

/// Why a list of delays is not a profile.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidProfile {
    /// The name is empty.
    #[error("a retry profile needs a name")]
    NoName,
    /// More delays than [`MOST_DELAYS`].
    #[error("retry profile has {count} delays; use at most {MOST_DELAYS}")]
    TooManyDelays {
        /// How many there were.
        count: usize,
    },
    /// One delay is longer than [`LONGEST_DELAY`].
    #[error("delay {position} of the retry profile is {delay:?}; use at most {LONGEST_DELAY:?}")]
    TooLong {
        /// Counted from 1.
        position: usize,
        /// The offending delay.
        delay: Duration,
    },
}

impl Profile {
    const fn built_in(name: &'static str, delays: &'static [Duration]) -> Self {
        Self { name: Cow::Borrowed(name), delays: Cow::Borrowed(delays) }
    }

    /// A profile of one's own. An empty list means one try and no retry.
    pub fn try_new(name: impl Into<String>, delays: Vec<Duration>) -> Result<Self, InvalidProfile> {
        let name = name.into();
        if name.is_empty() {
            return Err(InvalidProfile::NoName);
        }
        if delays.len() > MOST_DELAYS {
            return Err(InvalidProfile::TooManyDelays { count: delays.len() });
        }
        if let Some(index) = delays.iter().position(|delay| *delay > LONGEST_DELAY) {
            return Err(InvalidProfile::TooLong { position: index + 1, delay: delays[index] });
        }
        Ok(Self { name: Cow::Owned(name), delays: Cow::Owned(delays) })
    }

    /// The built-in profile of that name: `conversation`, `reminder` or `fast`.
    pub fn named(name: &str) -> Option<Self> {
        [&CONVERSATION, &REMINDER, &FAST].into_iter().find(|profile| profile.name == name).cloned()
    }

    /// The name under which rows and settings refer to it.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The delays before the second, third, … try, without jitter.
    pub fn delays(&self) -> &[Duration] {
        &self.delays
    }

    /// The first try plus one per delay.
    pub fn tries(&self) -> u32 {
        // Bounded by MOST_DELAYS, so it always fits.
        u32::try_from(self.delays.len()).map_or(u32::MAX, |retries| retries.saturating_add(1))
    }

    /// The longest delay with full jitter. A queue that carries the wake-ups must keep them for longer than this.
    pub fn longest(&self) -> Duration {
        self.delays.iter().copied().max().unwrap_or_default().mul_f64(1.0 + JITTER)
    }

    /// How long to wait before the next try, or `None` when all tries are used up.
    ///
    /// `attempts_done` counts the tries that have ended, the first one included; with 0 the first try is due at
    /// once. `jitter` spreads the delay by ±10 %. `retry_after` is what the other side asked for: it wins when it
    /// is longer than the spread delay, and it never buys another try.
    pub fn next(
        &self,
        attempts_done: u32,
        mut jitter: impl Rng,
        retry_after: Option<Duration>,
    ) -> Option<Duration> {
        let asked = retry_after.unwrap_or_default();
        let Some(retry) = attempts_done.checked_sub(1) else {
            return Some(asked);
        };
        let delay = self.delays.get(usize::try_from(retry).ok()?)?;
        let spread = delay.mul_f64(jitter.random_range(1.0 - JITTER..=1.0 + JITTER));
        Some(spread.max(asked))
    }
}
