//! When to stop asking an endpoint that keeps failing. Pure: the caller brings the time.

use std::collections::VecDeque;
use std::time::Duration;

use jiff::Timestamp;

/// Failures in a row that open it, in half points: an answer of no use counts one, a failure two.
const STREAK: u32 = 10;
/// How far back the share of failures is looked at.
const WINDOW: Duration = Duration::from_secs(30);
/// From how many calls in that time on.
const ENOUGH: usize = 10;
/// The first closed time; it doubles with every failed probe.
const FIRST_PAUSE: Duration = Duration::from_secs(15);
/// It never grows beyond this, so that a mended endpoint is noticed.
const LONGEST_PAUSE: Duration = Duration::from_secs(300);
/// A probe that never reports, because its turn was cut off, gives way to another after this.
const PROBE: Duration = Duration::from_secs(30);

/// How a call went, as far as the endpoint's health is concerned.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// It answered; whether we liked the answer's content is another matter.
    Success,
    /// It answered something that is no answer.
    Malformed,
    /// It did not answer, or could not.
    Failure,
    /// It refuses us until somebody changes something: open at once, and for long.
    Misconfigured,
}

/// One endpoint's breaker.
#[derive(Debug, Clone, Default)]
pub struct Breaker {
    state: State,
    streak: u32,
    recent: VecDeque<(Timestamp, u32)>,
    failed_probes: u32,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
enum State {
    #[default]
    Closed,
    Open {
        until: Timestamp,
    },
    Probing {
        since: Timestamp,
    },
}

impl Breaker {
    /// Whether a call would be let through at `now`.
    pub fn admits(&self, now: Timestamp) -> bool {
        match self.state {
            State::Closed => true,
            State::Open { until } => now >= until,
            State::Probing { since } => elapsed(since, now) >= PROBE,
        }
    }

    /// Lets a call through, or not. After a pause exactly one is let through until its outcome is known.
    pub fn admit(&mut self, now: Timestamp) -> bool {
        let admitted = self.admits(now);
        if admitted && self.state != State::Closed {
            self.state = State::Probing { since: now };
        }
        admitted
    }

    /// Learns how a call went.
    pub fn record(&mut self, now: Timestamp, outcome: Outcome) {
        if matches!(self.state, State::Probing { .. }) {
            match outcome {
                Outcome::Success | Outcome::Malformed => *self = Self::default(),
                Outcome::Failure => self.open(now, pause(self.failed_probes)),
                Outcome::Misconfigured => self.open(now, LONGEST_PAUSE),
            }
            return;
        }
        let points = match outcome {
            Outcome::Success => 0,
            Outcome::Malformed => 1,
            Outcome::Failure => 2,
            Outcome::Misconfigured => return self.open(now, LONGEST_PAUSE),
        };
        self.streak = if points == 0 { 0 } else { self.streak + points };
        self.recent.push_back((now, points));
        while self.recent.front().is_some_and(|(at, _)| elapsed(*at, now) > WINDOW) {
            self.recent.pop_front();
        }
        // Late outcomes of calls that began before it opened must not open it a second time.
        if self.state == State::Closed && (self.streak >= STREAK || self.fails_too_often()) {
            self.open(now, pause(self.failed_probes));
        }
    }

    /// Half of the possible points are as many as half of the calls.
    fn fails_too_often(&self) -> bool {
        let points: u32 = self.recent.iter().map(|(_, points)| points).sum();
        self.recent.len() >= ENOUGH && points as usize >= self.recent.len()
    }

    fn open(&mut self, now: Timestamp, pause: Duration) {
        self.state = State::Open { until: now.checked_add(pause).unwrap_or(Timestamp::MAX) };
        self.failed_probes = self.failed_probes.saturating_add(1);
        self.streak = 0;
        self.recent.clear();
    }
}

fn pause(failed_probes: u32) -> Duration {
    FIRST_PAUSE.saturating_mul(2_u32.saturating_pow(failed_probes.min(8))).min(LONGEST_PAUSE)
}

/// Zero when the clock was set back.
fn elapsed(from: Timestamp, to: Timestamp) -> Duration {
    Duration::try_from(to.duration_since(from)).unwrap_or(Duration::ZERO)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_second(1_000_000 + seconds).unwrap()
    }

    fn opened_at(seconds: i64) -> Breaker {
        let mut breaker = Breaker::default();
        for _ in 0..5 {
            breaker.record(at(seconds), Outcome::Failure);
        }
        breaker
    }

    #[test]
    fn five_failures_in_a_row_open_it_for_15_seconds() {
        let mut breaker = Breaker::default();
        for _ in 0..4 {
            breaker.record(at(0), Outcome::Failure);
        }
        assert!(breaker.admit(at(0)));
        breaker.record(at(0), Outcome::Failure);
        assert!(!breaker.admit(at(14)));
        assert!(breaker.admit(at(15)));
    }

    #[test]
    fn a_success_ends_the_streak_and_malformed_answers_count_half() {
        let mut breaker = Breaker::default();
        for _ in 0..4 {
            breaker.record(at(0), Outcome::Failure);
        }
        breaker.record(at(0), Outcome::Success);
        breaker.record(at(0), Outcome::Failure);
        assert!(breaker.admits(at(0)));
        let mut breaker = Breaker::default();
        for _ in 0..9 {
            breaker.record(at(0), Outcome::Malformed);
        }
        assert!(breaker.admits(at(0)));
        breaker.record(at(0), Outcome::Malformed);
        assert!(!breaker.admits(at(0)));
    }

    #[test]
    fn half_of_ten_calls_in_30_seconds_open_it_and_old_calls_do_not_count() {
        let mut breaker = Breaker::default();
        for second in 0..9 {
            breaker.record(at(second), if second % 2 == 0 { Outcome::Success } else { Outcome::Failure });
        }
        assert!(breaker.admits(at(9)));
        breaker.record(at(9), Outcome::Failure);
        assert!(!breaker.admits(at(9)));

        let mut breaker = Breaker::default();
        for n in 0..20 {
            breaker.record(at(n * 10), if n % 2 == 0 { Outcome::Success } else { Outcome::Failure });
        }
        assert!(breaker.admits(at(200)));
    }

    #[test]
    fn one_probe_at_a_time_and_the_pause_doubles_to_five_minutes() {
        let mut breaker = opened_at(0);
        let mut now = 15;
        for expected in [30, 60, 120, 240, 300, 300] {
            assert!(breaker.admit(at(now)));
            assert!(!breaker.admit(at(now)), "a second probe");
            breaker.record(at(now), Outcome::Failure);
            assert!(!breaker.admits(at(now + expected - 1)), "{expected}");
            assert!(breaker.admits(at(now + expected)), "{expected}");
            now += expected;
        }
        assert!(breaker.admit(at(now)));
        breaker.record(at(now), Outcome::Success);
        assert!(breaker.admits(at(now)));
        for _ in 0..5 {
            breaker.record(at(now), Outcome::Failure);
        }
        assert!(breaker.admits(at(now + 15)), "a success makes the next pause short again");
    }

    #[test]
    fn a_probe_that_never_reports_does_not_keep_it_closed_for_good() {
        let mut breaker = opened_at(0);
        assert!(breaker.admit(at(15)));
        assert!(!breaker.admit(at(44)));
        assert!(breaker.admit(at(45)));
    }

    #[test]
    fn a_refused_key_opens_it_at_once_and_for_long() {
        let mut breaker = Breaker::default();
        breaker.record(at(0), Outcome::Misconfigured);
        assert!(!breaker.admits(at(299)));
        assert!(breaker.admits(at(300)));
    }

    proptest! {
        #[test]
        fn it_always_opens_again_within_five_minutes(steps in proptest::collection::vec((0_i64..40, 0_u8..5), 1..200)) {
            let mut breaker = Breaker::default();
            let mut now = 0;
            for (wait, what) in steps {
                now += wait;
                match what {
                    0 => breaker.record(at(now), Outcome::Success),
                    1 => breaker.record(at(now), Outcome::Malformed),
                    2 => breaker.record(at(now), Outcome::Failure),
                    3 => breaker.record(at(now), Outcome::Misconfigured),
                    _ => { breaker.admit(at(now)); }
                }
                prop_assert!(breaker.admits(at(now + 300)));
            }
        }
    }
}
