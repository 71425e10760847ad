//! How many of a channel's calls may be repetitions.
//!
//! A provider that is ill is made worse by everybody's second and third tries. So first tries earn the right to repeat: four of
//! them one repetition, which keeps repetitions at a fifth of all calls. A slow trickle comes beside it, for channels that send
//! too little to earn anything, and what is earned is kept up to a measure, which is the window the share is counted over. Two
//! good answers in a row are a sign of health: from then on each lets two repetitions go, so that they double from answer to
//! answer, and end at once with the first bad one.

use jiff::{SignedDuration, Timestamp};

use crate::domain::{causes::Cause, class::RetryClass, outcome::Outcome};

/// A first try earns so much of a repetition: one in five calls.
const EARNED: f64 = 0.25;

/// A good answer that follows another earns so many.
const EARNED_WELL: f64 = 2.0;

/// The trickle, per second.
pub const PER_SECOND: f64 = 0.5;

/// So many repetitions are kept at most.
pub const MOST: f64 = 30.0;

/// What a call came to, as far as the share goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Came {
    /// Nobody was called after all.
    NotMade,
    /// The provider does its work: it took the message, or said what is wrong with it.
    Well,
    /// Anything else.
    Ill,
}

impl Came {
    /// `None`: the call was given up before it began.
    pub fn of(outcome: Option<&Outcome>) -> Self {
        match outcome {
            None => Self::NotMade,
            Some(Outcome::Accepted { .. }) => Self::Well,
            Some(Outcome::NotSent(trouble)) if trouble.cause != Cause::Unreachable => Self::NotMade,
            Some(Outcome::Refused(trouble)) => match trouble.class() {
                RetryClass::Perm | RetryClass::PermTemplate => Self::Well,
                _ => Self::Ill,
            },
            Some(Outcome::Unknown(_) | Outcome::NotSent(_)) => Self::Ill,
        }
    }
}

/// What a channel may repeat. In memory only: a new owner begins with the measure full, which costs the provider no more than
/// one window.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RetryShare {
    credit: f64,
    at: Timestamp,
    /// The last answer was a good one.
    well: bool,
}

impl RetryShare {
    /// A rested channel.
    pub const fn full(now: Timestamp) -> Self {
        Self { credit: MOST, at: now, well: false }
    }

    /// So many repetitions may go now; the part of one that is left counts for later.
    pub fn credit(self, now: Timestamp) -> f64 {
        self.grown(now).credit
    }

    /// A repetition goes.
    #[must_use]
    pub fn spent(self, now: Timestamp) -> Self {
        self.changed(-1.0, now)
    }

    /// A call is over.
    #[must_use]
    pub fn ended(self, is_repetition: bool, came: Came, now: Timestamp) -> Self {
        let first = if is_repetition { 0.0 } else { EARNED };
        match came {
            Came::NotMade if is_repetition => self.changed(1.0, now),
            Came::NotMade => self,
            Came::Ill => Self { well: false, ..self.changed(first, now) },
            Came::Well => {
                let earned = if self.well { EARNED_WELL } else { 0.0 };
                Self { well: true, ..self.changed(first + earned, now) }
            }
        }
    }

    fn changed(self, by: f64, now: Timestamp) -> Self {
        let share = self.grown(now);
        Self { credit: (share.credit + by).clamp(0.0, MOST), ..share }
    }

    fn grown(self, now: Timestamp) -> Self {
        let seconds = now.duration_since(self.at).as_secs_f64().max(0.0);
        Self { credit: (self.credit + seconds * PER_SECOND).min(MOST), at: self.at.max(now), ..self }
    }
}

/// How long the trickle takes for so many.
pub fn trickles_for(repetitions: f64) -> SignedDuration {
    SignedDuration::from_millis((repetitions / PER_SECOND * 1e3).ceil() as i64)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::domain::outcome::Trouble;

    fn at(millis: i64) -> Timestamp {
        Timestamp::UNIX_EPOCH + SignedDuration::from_millis(millis)
    }

    fn used_up() -> RetryShare {
        (0..30).fold(RetryShare::full(at(0)), |share, _| share.spent(at(0)))
    }

    fn came() -> impl Strategy<Value = Came> {
        prop_oneof![Just(Came::NotMade), Just(Came::Well), Just(Came::Ill), Just(Came::Ill)]
    }

    proptest! {
        #[test]
        fn in_any_span_repetitions_are_a_fifth_of_the_calls_beside_the_measure_the_trickle_and_signs_of_health(
            wishes in prop::collection::vec((any::<bool>(), came(), 0_i64..3_000), 1..300),
        ) {
            let (mut now, mut share, mut calls, mut well) = (0, RetryShare::full(at(0)), Vec::new(), false);
            for (is_repetition, came, pause) in wishes {
                now += pause;
                if is_repetition {
                    if share.credit(at(now)) < 1.0 {
                        continue;
                    }
                    share = share.spent(at(now));
                }
                share = share.ended(is_repetition, came, at(now));
                if came == Came::NotMade {
                    continue;
                }
                let (again, is_well) = (well && came == Came::Well, came == Came::Well);
                well = is_well;
                calls.push((now, is_repetition, again));
            }
            for (i, (from, ..)) in calls.iter().enumerate() {
                let (mut earned, mut repetitions) = (0.0, 0.0);
                for (until, is_repetition, well_again) in &calls[i..] {
                    if *is_repetition { repetitions += 1.0 } else { earned += EARNED }
                    let trickle = (until - from) as f64 / 1000.0 * PER_SECOND;
                    prop_assert!(repetitions <= MOST + trickle + earned + 1e-6, "{repetitions}");
                    if *well_again { earned += EARNED_WELL }
                }
            }
        }
    }

    #[test]
    fn while_everything_fails_one_call_in_five_is_a_repetition() {
        let mut share = used_up();
        assert!(share.credit(at(0)) < 1.0, "the measure is used up");
        let mut repetitions = 0;
        for _ in 0..400 {
            share = share.ended(false, Came::Ill, at(0));
            if share.credit(at(0)) >= 1.0 {
                share = share.spent(at(0)).ended(true, Came::Ill, at(0));
                repetitions += 1;
            }
        }
        assert_eq!(repetitions, 100, "of 500 calls");
    }

    #[test]
    fn one_good_answer_is_luck_and_from_the_second_on_each_lets_two_go() {
        let mut share = used_up().ended(true, Came::Well, at(0));
        assert_eq!(share.credit(at(0)), 0.0);
        for more in [2.0, 4.0, 6.0] {
            share = share.ended(true, Came::Well, at(0));
            assert_eq!(share.credit(at(0)), more);
        }
        let ill = share.ended(true, Came::Ill, at(0)).ended(true, Came::Well, at(0));
        assert_eq!(ill.credit(at(0)), 6.0, "one bad answer, and it takes two good ones again");
    }

    #[test]
    fn only_a_call_that_was_made_counts() {
        let share = used_up();
        assert_eq!(share.ended(false, Came::NotMade, at(0)), share);
        assert_eq!(share.ended(true, Came::NotMade, at(0)).credit(at(0)), 1.0, "given back");
        let made = |cause| Came::of(Some(&Outcome::from(Trouble::new(cause))));
        assert_eq!(Came::of(None), Came::NotMade, "the lease had ended");
        assert_eq!(made(Cause::KeyMissing), Came::NotMade);
        assert_eq!(made(Cause::Unreachable), Came::Ill, "it was tried");
        assert_eq!(made(Cause::RateLimited), Came::Ill);
        assert_eq!(made(Cause::NoAnswer), Came::Ill);
        assert_eq!(made(Cause::KeyRefused), Came::Ill);
        assert_eq!(made(Cause::NotOnWhatsApp), Came::Well, "it is the message that is wrong");
        assert_eq!(Came::of(Some(&Outcome::Accepted { provider_id: "x".into() })), Came::Well);
    }

    #[test]
    fn a_clock_that_steps_back_gives_nothing() {
        let share = (0..30).fold(RetryShare::full(at(60_000)), |share, _| share.spent(at(60_000)));
        assert!(share.credit(at(0)) < 1.0);
        assert_eq!(share.ended(true, Came::Ill, at(0)).credit(at(62_000)), 1.0);
    }
}
