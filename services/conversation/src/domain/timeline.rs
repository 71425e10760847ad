//! Why a customer's message waited for its turn. Derived from rows that are there anyway.

use std::time::Duration;

use jiff::Timestamp;

/// Shorter pauses are the work itself.
const BRIEF: Duration = Duration::from_millis(250);
/// What the look itself may add to a wait for more.
const SLACK: Duration = Duration::from_secs(1);

/// A message on its way to an answer.
#[derive(Clone, Debug)]
pub struct Course {
    /// When it was accepted.
    pub received_at: Timestamp,
    /// When the newest of what was answered together with it was accepted.
    pub last_received_at: Timestamp,
    /// Turns that failed on it, the first first: start, end, when it was tried again.
    pub failed: Vec<(Timestamp, Timestamp, Timestamp)>,
    /// Turns of the same conversation that ran while it waited: start, end.
    pub others: Vec<(Timestamp, Timestamp)>,
    /// When the turn that answered it, or gave it up, began; `None`: it waits.
    pub turn_at: Option<Timestamp>,
}

/// What was waited for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Why {
    /// Whether more is coming.
    More,
    /// The turn before it in the same conversation.
    Turn,
    /// The pause after a failed turn.
    Retry,
    /// Somebody who works: a process had ended, or all were busy.
    Worker,
}

/// A time of waiting; without an end it has not ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Wait {
    /// Since when.
    pub from: Timestamp,
    /// Until when.
    pub until: Option<Timestamp>,
    /// For what.
    pub why: Why,
}

/// All waits, in order. `quiet_cap`: the longest wait for more.
#[must_use]
pub fn waits(course: &Course, quiet_cap: Duration, now: Timestamp) -> Vec<Wait> {
    let mut waits = Vec::new();
    let mut from = course.received_at;
    let mut starts: Vec<_> = course.failed.iter().map(|failed| Some(failed.0)).collect();
    starts.push(course.turn_at);
    for (n, start) in starts.into_iter().enumerate() {
        if n > 0
            && let Some(&(_, ended, due)) = course.failed.get(n - 1)
        {
            let until = start.map_or(due, |start| start.min(due));
            let over = start.is_some() || until <= now;
            waits.push(Wait { from: ended, until: over.then_some(until), why: Why::Retry });
            from = until;
        }
        waits.extend(between(course, from, start, now, n == 0, quiet_cap));
    }
    waits
}

fn between(
    course: &Course,
    from: Timestamp,
    until: Option<Timestamp>,
    now: Timestamp,
    first: bool,
    quiet_cap: Duration,
) -> Option<Wait> {
    let end = until.unwrap_or(now);
    if end <= from || end.duration_since(from).unsigned_abs() < BRIEF {
        return None;
    }
    let behind = course.others.iter().any(|(began, ended)| *began < end && *ended > from);
    let gathering = course.last_received_at.duration_since(from).unsigned_abs().max(quiet_cap) + SLACK;
    let why = match (behind, first && end.duration_since(from).unsigned_abs() <= gathering) {
        (true, _) => Why::Turn,
        (false, true) => Why::More,
        (false, false) => Why::Worker,
    };
    Some(Wait { from, until, why })
}

#[cfg(test)]
mod tests {
    use super::*;

    const CAP: Duration = Duration::from_secs(6);

    fn at(seconds: i64) -> Timestamp {
        Timestamp::new(seconds, 0).unwrap_or(Timestamp::UNIX_EPOCH)
    }

    fn course(turn_at: Option<i64>) -> Course {
        Course {
            received_at: at(10),
            last_received_at: at(10),
            failed: Vec::new(),
            others: Vec::new(),
            turn_at: turn_at.map(at),
        }
    }

    fn told(course: &Course, now: i64) -> Vec<(i64, Option<i64>, Why)> {
        let waits = waits(course, CAP, at(now)).into_iter();
        waits.map(|wait| (wait.from.as_second(), wait.until.map(Timestamp::as_second), wait.why)).collect()
    }

    #[test]
    fn a_short_wait_is_for_more_and_a_long_one_for_a_worker() {
        assert_eq!(told(&course(Some(10)), 99), []);
        assert_eq!(told(&course(Some(12)), 99), [(10, Some(12), Why::More)]);
        assert_eq!(told(&course(Some(60)), 99), [(10, Some(60), Why::Worker)]);
        assert_eq!(told(&course(None), 90), [(10, None, Why::Worker)]);
    }

    #[test]
    fn the_turn_before_and_the_pause_after_a_failure_are_told() {
        let behind = Course { others: vec![(at(8), at(14))], ..course(Some(15)) };
        assert_eq!(told(&behind, 99), [(10, Some(15), Why::Turn)]);
        let failed = Course { failed: vec![(at(10), at(11), at(16))], ..course(Some(16)) };
        assert_eq!(told(&failed, 99), [(11, Some(16), Why::Retry)]);
        let waiting = Course { failed: vec![(at(10), at(11), at(16))], ..course(None) };
        assert_eq!(told(&waiting, 13), [(11, None, Why::Retry)]);
    }
}
