//! When to start again what died. Pure: times come in as durations.

use std::time::Duration;

/// One death of a program.
#[derive(Clone, Copy, Debug)]
pub struct Death {
    /// How long it had run.
    pub after: Duration,
    /// Whether it had become ready.
    pub was_ready: bool,
    /// Whether somebody killed it from outside, which says nothing against the program.
    pub was_killed: bool,
}

/// A program that ran this long was fine; earlier deaths are forgiven.
const LONG_ENOUGH: Duration = Duration::from_secs(30);

/// The deaths in a row that make it look as if starting again is of no use.
#[derive(Clone, Copy, Debug, Default)]
pub struct Record {
    in_a_row: u32,
}

impl Record {
    /// Notes a death and says how long to wait before the next start. At once in all ordinary cases; longer and
    /// longer for a program that keeps dying by itself.
    pub fn note(&mut self, death: Death) -> Duration {
        let innocent = death.was_killed && death.was_ready;
        if innocent || death.after >= LONG_ENOUGH {
            self.in_a_row = 0;
        } else {
            self.in_a_row = self.in_a_row.saturating_add(1);
        }
        match self.in_a_row {
            0 | 1 => Duration::ZERO,
            again => Duration::from_millis(250 << again.min(6)).min(Duration::from_secs(10)),
        }
    }

    /// Whether the person should see the log: it may not get better by itself.
    pub fn looks_hopeless(self) -> bool {
        self.in_a_row >= 2
    }

    /// Whether waiting for it to become ready is a waste of time.
    pub fn is_hopeless(self) -> bool {
        self.in_a_row >= 5
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{Death, Record};

    const KILLED: Death = Death { after: Duration::from_secs(1), was_ready: true, was_killed: true };
    const CRASHED_AT_START: Death =
        Death { after: Duration::from_millis(50), was_ready: false, was_killed: false };

    #[test]
    fn what_is_killed_is_back_at_once_however_often() {
        let mut record = Record::default();
        assert!((0..50).all(|_| record.note(KILLED) == Duration::ZERO));
        assert!(!record.looks_hopeless());
    }

    #[test]
    fn what_crashes_at_start_gets_a_second_chance_then_is_slowed_to_ten_seconds() {
        let mut record = Record::default();
        assert_eq!(record.note(CRASHED_AT_START), Duration::ZERO);
        assert!(!record.looks_hopeless());
        assert_eq!(record.note(CRASHED_AT_START), Duration::from_secs(1));
        assert!(record.looks_hopeless());
        assert_eq!(record.note(CRASHED_AT_START), Duration::from_secs(2));
        assert!((0..50).map(|_| record.note(CRASHED_AT_START)).max() == Some(Duration::from_secs(10)));
    }

    #[test]
    fn a_good_run_is_a_fresh_start() {
        let mut record = Record::default();
        record.note(CRASHED_AT_START);
        record.note(CRASHED_AT_START);
        let good = Death { after: Duration::from_secs(60), was_ready: true, was_killed: false };
        assert_eq!(record.note(good), Duration::ZERO);
        assert!(!record.looks_hopeless());
    }
}
