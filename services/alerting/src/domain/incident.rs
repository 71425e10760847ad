//! From what is wrong now to what somebody is told: the course of one incident, look by look. Pure; the rows are
//! `alerting.incident`.
//!
//! ```text
//! (nothing) ─seen→ PENDING ─lasts→ OPEN ─absent for a while→ RECOVERED ─seen again soon→ OPEN
//!                  └─absent→ (nothing)  └─a person closes→ CLOSED ─absent for a while→ RECOVERED (nobody is told)
//!                                                          └─gets worse→ OPEN
//! ```
//!
//! An owner that does not answer says nothing about its troubles: then there is no step, and nothing recovers.

use std::time::Duration;

use jiff::Timestamp;

#[cfg(test)]
mod tests;

/// How much it matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// Somebody should look today.
    Warning,
    /// Somebody should look now.
    Critical,
}

impl Severity {
    /// Both, the lesser first.
    pub const ALL: [Self; 2] = [Self::Warning, Self::Critical];

    /// The word stored and shown.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Warning => "warning",
            Self::Critical => "critical",
        }
    }

    /// The severity of a stored word; what this version does not know matters most.
    #[must_use]
    pub fn of_name(name: &str) -> Self {
        if name == "warning" { Self::Warning } else { Self::Critical }
    }
}

/// Where an incident stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// Seen, and not for long enough to tell anybody.
    Pending,
    /// It is wrong, and somebody is told.
    Open,
    /// A person knows and wants to hear nothing more; it is not over.
    Closed,
    /// Over, at this time.
    Recovered {
        /// Then.
        at: Timestamp,
    },
}

impl State {
    /// The word stored and shown.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Open => "open",
            Self::Closed => "closed",
            Self::Recovered { .. } => "recovered",
        }
    }
}

/// What is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    /// It has lasted long enough.
    Opened,
    /// It matters more, or concerns ten times as many.
    Worse,
    /// It is back soon after it was over.
    Reopened,
    /// It is over.
    Recovered,
    /// It goes on, and nobody has said that they know.
    Reminder,
}

impl Change {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Opened, Self::Worse, Self::Reopened, Self::Recovered, Self::Reminder];

    /// The word stored and shown.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Opened => "opened",
            Self::Worse => "worse",
            Self::Reopened => "reopened",
            Self::Recovered => "recovered",
            Self::Reminder => "reminder",
        }
    }

    /// The change of a stored word.
    #[must_use]
    pub fn of_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|change| change.name() == name)
    }
}

/// How patient an incident is.
#[derive(Clone, Copy, Debug)]
pub struct Rules {
    /// It must be absent for so long before it is over; four times as long with every time it came back, up to an hour.
    pub recover_after: Duration,
    /// What comes back within this time is the same incident.
    pub reopen_within: Duration,
    /// What nobody acknowledges is told again after this time.
    pub remind_every: Duration,
}

/// A trouble at one look.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sight {
    /// How much it matters.
    pub severity: Severity,
    /// How many it concerns.
    pub count: i64,
    /// Since when, if its owner knows.
    pub since: Option<Timestamp>,
    /// Nobody is told before it has lasted so long.
    pub patience: Duration,
}

/// The course of one incident until now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Course {
    /// Where it stands.
    pub state: State,
    /// Since when it is wrong, as far as anybody knows.
    pub since: Timestamp,
    /// Since when it is seen without a break.
    pub first_seen: Timestamp,
    /// When somebody was first to be told.
    pub opened_at: Option<Timestamp>,
    /// Since when its owner answers without telling it.
    pub missing_since: Option<Timestamp>,
    /// How often it came back.
    pub reopened: u32,
    /// What was last told: how much it matters, and of how many.
    pub told: Option<(Severity, i64)>,
    /// And when.
    pub told_at: Option<Timestamp>,
    /// Somebody has said that they know.
    pub acknowledged: bool,
}

/// The longest that an incident must be absent before it is over.
const LONGEST_CALM: Duration = Duration::from_secs(3600);
/// So many times as many are worse.
const WORSE: i64 = 10;

/// One look at an owner that answered. `sight`: what it tells; `None`: it tells nothing of this. Answers with the course from
/// now on (`None`: there is none) and with what somebody is to be told. The same look again changes nothing more.
#[must_use]
pub fn step(
    course: Option<Course>,
    sight: Option<&Sight>,
    rules: &Rules,
    now: Timestamp,
) -> (Option<Course>, Option<Change>) {
    match (course, sight) {
        (None, None) => (None, None),
        (None, Some(sight)) => begun(sight, now).seen(sight, rules, now),
        (Some(course), Some(sight)) if course.is_long_over(rules, now) => {
            begun(sight, now).seen(sight, rules, now)
        }
        (Some(course), Some(sight)) => course.seen(sight, rules, now),
        (Some(course), None) => course.absent(rules, now),
    }
}

fn begun(sight: &Sight, now: Timestamp) -> Course {
    Course {
        state: State::Pending,
        since: sight.since.unwrap_or(now).min(now),
        first_seen: now,
        opened_at: None,
        missing_since: None,
        reopened: 0,
        told: None,
        told_at: None,
        acknowledged: false,
    }
}

impl Course {
    /// It was over for so long that what is seen now is something new. One that is being seen again, and has not lasted yet,
    /// stays what it is.
    #[must_use]
    pub fn is_long_over(&self, rules: &Rules, now: Timestamp) -> bool {
        matches!(self.state, State::Recovered { at } if self.missing_since.is_some() && passed(at, now) > rules.reopen_within)
    }

    fn seen(mut self, sight: &Sight, rules: &Rules, now: Timestamp) -> (Option<Self>, Option<Change>) {
        if self.missing_since.take().is_some() && !matches!(self.state, State::Open | State::Closed) {
            self.first_seen = now;
        }
        let lasted = passed(sight.since.unwrap_or(self.first_seen), now) >= sight.patience;
        let change = match self.state {
            State::Pending if lasted => {
                self.opened_at = Some(now);
                Some(Change::Opened)
            }
            State::Recovered { .. } if lasted => {
                self.reopened = self.reopened.saturating_add(1);
                self.acknowledged = false;
                Some(Change::Reopened)
            }
            State::Pending | State::Recovered { .. } => None,
            State::Open if self.is_worse(sight) => Some(Change::Worse),
            State::Open => self.is_to_be_reminded(rules, now).then_some(Change::Reminder),
            State::Closed => {
                self.told.is_some_and(|(told, _)| sight.severity > told).then_some(Change::Worse)
            }
        };
        if !matches!(self.state, State::Recovered { .. }) || change.is_some() {
            self.since = self.since.min(sight.since.unwrap_or(self.first_seen));
        }
        if change.is_some() {
            self.state = State::Open;
            self.told = Some((sight.severity, sight.count));
            self.told_at = Some(now);
        }
        (Some(self), change)
    }

    fn absent(mut self, rules: &Rules, now: Timestamp) -> (Option<Self>, Option<Change>) {
        let missing = *self.missing_since.get_or_insert(now);
        match self.state {
            State::Pending => (None, None),
            State::Recovered { .. } => (Some(self), None),
            State::Open | State::Closed if passed(missing, now) < self.calm(rules) => (Some(self), None),
            was => {
                self.state = State::Recovered { at: now };
                (Some(self), (was == State::Open).then_some(Change::Recovered))
            }
        }
    }

    fn is_worse(&self, sight: &Sight) -> bool {
        self.told.is_none_or(|(severity, count)| {
            sight.severity > severity || sight.count >= count.max(1).saturating_mul(WORSE)
        })
    }

    fn is_to_be_reminded(&self, rules: &Rules, now: Timestamp) -> bool {
        !self.acknowledged && self.told_at.is_none_or(|at| passed(at, now) >= rules.remind_every)
    }

    /// How long it must be absent before it is over: the oftener it came back, the longer.
    #[must_use]
    pub fn calm(&self, rules: &Rules) -> Duration {
        let longer = 4_u32.saturating_pow(self.reopened.min(8));
        rules.recover_after.saturating_mul(longer).min(LONGEST_CALM.max(rules.recover_after))
    }
}

/// How long ago something was; never negative.
fn passed(from: Timestamp, now: Timestamp) -> Duration {
    Duration::try_from(now.duration_since(from)).unwrap_or_default()
}
