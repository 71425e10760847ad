//! People write in bursts; one answer to all of it is better than five.

use std::time::Duration;

use jiff::Timestamp;

/// How long to wait for more.
#[derive(Clone, Copy, Debug)]
pub struct Debounce {
    /// Silence after the newest message.
    pub quiet: Duration,
    /// Longest wait after the oldest.
    pub cap: Duration,
}

impl Debounce {
    /// How long to put the answer off; `None`: answer now. `patient`: something in it may be one of several parts.
    /// Buttons, exact commands and emergencies are not.
    #[must_use]
    pub fn wait(&self, patient: bool, first: Timestamp, last: Timestamp, now: Timestamp) -> Option<Duration> {
        if !patient {
            return None;
        }
        let until_quiet = self.quiet.saturating_sub(since(last, now));
        let until_cap = self.cap.saturating_sub(since(first, now));
        let wait = until_quiet.min(until_cap);
        (wait > Duration::from_millis(5)).then_some(wait)
    }
}

/// Zero when the clock went backwards.
fn since(then: Timestamp, now: Timestamp) -> Duration {
    Duration::try_from(now.duration_since(then)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const DEBOUNCE: Debounce = Debounce { quiet: Duration::from_millis(1_500), cap: Duration::from_secs(6) };

    fn at(millis: i64) -> Timestamp {
        Timestamp::from_millisecond(1_772_460_930_000 + millis).unwrap()
    }

    #[test]
    fn waits_for_silence_but_not_past_the_cap() {
        assert_eq!(DEBOUNCE.wait(true, at(0), at(0), at(0)), Some(Duration::from_millis(1_500)));
        assert_eq!(DEBOUNCE.wait(true, at(0), at(1_000), at(1_200)), Some(Duration::from_millis(1_300)));
        assert_eq!(DEBOUNCE.wait(true, at(0), at(5_500), at(5_600)), Some(Duration::from_millis(400)));
        assert_eq!(DEBOUNCE.wait(true, at(0), at(5_900), at(6_000)), None);
        assert_eq!(DEBOUNCE.wait(false, at(0), at(0), at(0)), None);
    }

    proptest! {
        #[test]
        fn never_longer_than_the_cap_after_the_first(last in 0_i64..20_000, now in 0_i64..40_000) {
            let (last, now) = (at(last), at(last.max(now)));
            let wait = DEBOUNCE.wait(true, at(0), last, now).unwrap_or_default();
            prop_assert!(since(at(0), now) >= DEBOUNCE.cap && wait.is_zero() || since(at(0), now) + wait <= DEBOUNCE.cap);
        }
    }
}
