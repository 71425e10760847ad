//! How many of a channel's calls may be repetitions.
//!
//! A provider that is ill is made worse by everybody's second and third tries. So first tries earn the right to repeat: four of
//! them one repetition, which keeps repetitions at a fifth of all calls. A slow trickle comes beside it, for channels that send
//! too little to earn anything, and what is earned is kept up to a measure, which is the window the share is counted over.

use jiff::{SignedDuration, Timestamp};

/// A first try earns so much of a repetition: one in five calls.
const EARNED: f64 = 0.25;

/// The trickle, per second.
pub const PER_SECOND: f64 = 0.5;

/// So many repetitions are kept at most.
pub const MOST: f64 = 30.0;

/// What a channel may repeat. In memory only: a new owner begins with the measure full, which costs the provider no more than
/// one window.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RetryShare {
    credit: f64,
    at: Timestamp,
}

impl RetryShare {
    /// A rested channel.
    pub const fn full(now: Timestamp) -> Self {
        Self { credit: MOST, at: now }
    }

    /// When the next repetition may go. `None`: now.
    pub fn next(self, now: Timestamp) -> Option<Timestamp> {
        let missing = 1.0 - self.grown(now).credit;
        if missing <= 0.0 {
            return None;
        }
        let wait = SignedDuration::from_micros((missing / PER_SECOND * 1e6).ceil() as i64);
        Some(now.checked_add(wait).unwrap_or(Timestamp::MAX))
    }

    /// A call goes.
    #[must_use]
    pub fn called(self, is_repetition: bool, now: Timestamp) -> Self {
        let share = self.grown(now);
        let credit = if is_repetition { share.credit - 1.0 } else { share.credit + EARNED };
        Self { credit: credit.clamp(0.0, MOST), ..share }
    }

    fn grown(self, now: Timestamp) -> Self {
        let seconds = now.duration_since(self.at).as_secs_f64().max(0.0);
        Self { credit: (self.credit + seconds * PER_SECOND).min(MOST), at: self.at.max(now) }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn at(millis: i64) -> Timestamp {
        Timestamp::UNIX_EPOCH + SignedDuration::from_millis(millis)
    }

    proptest! {
        #[test]
        fn in_any_span_repetitions_are_a_fifth_of_the_calls_beside_the_measure_and_the_trickle(
            wishes in prop::collection::vec((any::<bool>(), 0_i64..3_000), 1..300),
        ) {
            let (mut now, mut share, mut calls) = (0, RetryShare::full(at(0)), Vec::new());
            for (is_repetition, pause) in wishes {
                now += pause;
                if is_repetition && share.next(at(now)).is_some() {
                    continue;
                }
                share = share.called(is_repetition, at(now));
                calls.push((now, is_repetition));
            }
            for (i, (from, _)) in calls.iter().enumerate() {
                let (mut firsts, mut repetitions) = (0.0, 0.0);
                for (until, is_repetition) in &calls[i..] {
                    if *is_repetition { repetitions += 1.0 } else { firsts += 1.0 }
                    let trickle = (until - from) as f64 / 1000.0 * PER_SECOND;
                    prop_assert!(repetitions <= MOST + trickle + firsts * EARNED + 1e-6);
                }
            }
        }

        #[test]
        fn whoever_comes_when_told_may_go(calls in prop::collection::vec((any::<bool>(), 0_i64..500), 0..200)) {
            let (mut now, mut share) = (0, RetryShare::full(at(0)));
            for (is_repetition, pause) in calls {
                now += pause;
                share = share.called(is_repetition, at(now));
            }
            if let Some(next) = share.next(at(now)) {
                prop_assert!(next > at(now) && next <= at(now + 2_001), "a trickle goes on for ever");
                prop_assert_eq!(share.next(next), None);
            }
        }
    }

    #[test]
    fn while_everything_fails_one_call_in_five_is_a_repetition() {
        let mut share = RetryShare::full(at(0));
        for _ in 0..30 {
            share = share.called(true, at(0));
        }
        assert!(share.next(at(0)).is_some(), "the measure is used up");
        let mut repetitions = 0;
        for _ in 0..400 {
            share = share.called(false, at(0));
            if share.next(at(0)).is_none() {
                share = share.called(true, at(0));
                repetitions += 1;
            }
        }
        assert_eq!(repetitions, 100, "of 500 calls");
    }

    #[test]
    fn a_clock_that_steps_back_gives_nothing() {
        let mut share = RetryShare::full(at(60_000));
        for _ in 0..30 {
            share = share.called(true, at(60_000));
        }
        assert!(share.next(at(0)).is_some());
        assert_eq!(share.called(true, at(0)).next(at(62_000)), None);
    }
}
