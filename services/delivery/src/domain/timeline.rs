//! Why a message waited. Derived from rows that are there anyway: its own, its line's, its channel's history.

use std::time::Duration;

use ids::MessageId;
use jiff::Timestamp;

mod channel;
#[cfg(test)]
mod tests;

/// Shorter pauses are the work itself.
const BRIEF: Duration = Duration::from_millis(250);

/// A message, as far as its waiting goes.
#[derive(Clone, Debug)]
pub struct Course {
    /// When it was queued.
    pub queued_at: Timestamp,
    /// When it was due last: before its first call, and where nothing put it off, the time before which it was not to leave.
    pub due_at: Option<Timestamp>,
    /// When it was put off, the first first.
    pub holds: Vec<Hold>,
    /// When it was settled; `None`: it waits, or is being called.
    pub settled_at: Option<Timestamp>,
    /// Where its outcome is unknown: until when the provider is asked.
    pub asked_until: Option<Timestamp>,
    /// A call of it was taken, or nobody knows: after its last call it waited for nothing.
    pub left: bool,
    /// The one before it in its line.
    pub before: Option<Before>,
    /// Its calls, the first first.
    pub tries: Vec<Try>,
}

/// The message before, in the same line.
#[derive(Clone, Copy, Debug)]
pub struct Before {
    /// Which.
    pub id: MessageId,
    /// Since when it holds nobody up any more; `None`: it still does.
    pub passed_at: Option<Timestamp>,
    /// Its outcome is or was unknown.
    pub unknown: bool,
}

/// A time in which a rule kept it from being called.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hold {
    /// Since when.
    pub since: Timestamp,
    /// Until when it was put off.
    pub until: Timestamp,
    /// The word for the rule; [`NOT_BEFORE`] for its sender's wish.
    pub cause: String,
    /// The same in words.
    pub words: String,
}

/// The cause of a hold that its sender wished for.
pub const NOT_BEFORE: &str = "not_before";

/// One call.
#[derive(Clone, Debug)]
pub struct Try {
    /// When it began.
    pub started_at: Timestamp,
    /// When its outcome was written.
    pub ended_at: Timestamp,
    /// Nobody knew then what had come of it; when it became known.
    pub known_at: Option<Timestamp>,
    /// When it was to be tried again.
    pub retry_at: Option<Timestamp>,
    /// Until when the next one was held back, since too many of the channel's calls were repetitions.
    pub held_until: Option<Timestamp>,
    /// Nobody knew what came of it.
    pub unknown: bool,
    /// A limit of the provider.
    pub limited: bool,
}

/// Something that happened to the channel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Happening {
    /// When.
    pub at: Timestamp,
    /// What.
    pub what: What,
}

/// What happened to the channel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum What {
    /// Its door opened.
    Opened,
    /// Its door closed, or stayed closed for another reason.
    Closed {
        /// The word for it.
        door: String,
        /// Why, in words.
        explanation: String,
    },
    /// A process took it.
    Taken,
    /// The provider named a limit for all of it.
    Slowed {
        /// Until when nothing may go.
        until: Timestamp,
        /// Which, in words.
        words: String,
    },
}

/// A time of waiting.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wait {
    /// Since when.
    pub from: Timestamp,
    /// Until when; `None`: it still waits.
    pub until: Option<Timestamp>,
    /// For what.
    pub why: Why,
}

/// What was waited for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Why {
    /// It was not to leave earlier.
    NotBefore,
    /// A rule at send time: quiet hours, a paused campaign, a template that rests.
    Rule {
        /// The word for it.
        cause: String,
        /// The same in words.
        words: String,
    },
    /// The channel's door was closed.
    Door {
        /// The word for it.
        door: String,
        /// Why, in words.
        explanation: String,
    },
    /// The message before it in the same line.
    Line {
        /// Which.
        before: MessageId,
        /// Its outcome was unknown.
        unknown: bool,
    },
    /// The pause before the next try.
    Retry {
        /// The provider named a limit.
        limited: bool,
    },
    /// A limit that the provider named for the whole channel.
    Slowed {
        /// Which, in words.
        words: String,
    },
    /// Too many of the channel's calls were repetitions.
    RetryShare,
    /// The provider was asked what became of it.
    Unknown,
    /// No process had the channel.
    Owner,
    /// The channel's turn: its rate, and others before.
    Turn,
}

/// All waits of a message, in order.
#[must_use]
pub fn waits(course: &Course, channel: &[Happening], now: Timestamp) -> Vec<Wait> {
    let mut waits = Vec::new();
    let mut from = course.queued_at;
    for (n, tried) in course.tries.iter().enumerate() {
        waits.extend(between(course, channel, from, Some(tried.started_at), now, n == 0));
        from = tried.ended_at;
        let next = course.tries.get(n + 1).map(|next| next.started_at);
        if let Some(known_at) = tried.known_at.filter(|at| is_long(from, *at)) {
            let until = next.map_or(known_at, |next| next.min(known_at));
            waits.push(Wait { from, until: Some(until), why: Why::Unknown });
            from = until;
        }
        let over = next.or(course.settled_at).filter(|at| *at > from);
        if let (true, None, Some(asked_until)) = (tried.unknown, next, course.asked_until) {
            waits.push(Wait { from, until: (asked_until <= now).then_some(asked_until), why: Why::Unknown });
        } else if tried.unknown && over.is_some() {
            waits.push(Wait { from, until: over, why: Why::Unknown });
            from = over.unwrap_or(from);
        } else if let Some(retry_at) = tried.retry_at {
            let until = next.map_or(retry_at, |next| next.min(retry_at)).max(from);
            let ended = next.is_some() || course.settled_at.is_some() || until <= now;
            if until > from {
                waits.push(Wait {
                    from,
                    until: ended.then_some(until),
                    why: Why::Retry { limited: tried.limited },
                });
            }
            from = until;
        }
        if let Some(held_until) =
            tried.held_until.filter(|at| *at > from && next.is_none_or(|next| next > from))
        {
            let until = next.map_or(held_until, |next| next.min(held_until));
            let ended = next.is_some() || course.settled_at.is_some() || until <= now;
            waits.push(Wait { from, until: ended.then_some(until), why: Why::RetryShare });
            from = until;
        }
    }
    match (course.settled_at, course.tries.is_empty()) {
        (Some(settled), first) if first || !course.left => {
            waits.extend(between(course, channel, from, Some(settled), now, first));
        }
        (None, first) if from < now => waits.extend(between(course, channel, from, None, now, first)),
        _ => {}
    }
    waits
}

/// What was waited for in one stretch without a call: everything that is known to have stood in the way, else the channel's turn.
fn between(
    course: &Course,
    channel: &[Happening],
    from: Timestamp,
    until: Option<Timestamp>,
    now: Timestamp,
    first: bool,
) -> Vec<Wait> {
    let end = until.unwrap_or(now);
    if end.duration_since(from).unsigned_abs() < BRIEF || end < from {
        return Vec::new();
    }
    let mut found = Vec::new();
    // What put it off later has moved `due_at`, and says itself since when.
    if let Some(due) = course.due_at.filter(|due| first && *due > from && is_first_wish(course, *due)) {
        found.push(Wait { from, until: over_at(due, end, until), why: Why::NotBefore });
    }
    for hold in course.holds.iter().filter(|hold| hold.since < end && hold.until > from) {
        let why = match hold.cause.as_str() {
            NOT_BEFORE => Why::NotBefore,
            _ => Why::Rule { cause: hold.cause.clone(), words: hold.words.clone() },
        };
        found.push(Wait { from: hold.since.max(from), until: over_at(hold.until, end, until), why });
    }
    if let Some(before) = course.before.filter(|before| before.passed_at.is_none_or(|at| at > from)) {
        let over = before.passed_at.map(|at| at.min(end)).or(until);
        found.push(Wait { from, until: over, why: Why::Line { before: before.id, unknown: before.unknown } });
    }
    found.extend(channel::doors(channel, from, end, until.is_some()));
    found.extend(channel::limits(channel, from, end, until));
    if let Some(taken) = channel.iter().find(|one| one.what == What::Taken && one.at > from && one.at <= end)
    {
        found.push(Wait { from, until: Some(taken.at), why: Why::Owner });
    }
    let rest = unexplained(&found, from, end, until);
    found.extend(rest);
    found
}

/// Long enough to be a wait.
fn is_long(from: Timestamp, until: Timestamp) -> bool {
    until > from && until.duration_since(from).unsigned_abs() >= BRIEF
}

/// Whether `due_at` is still what its sender wished.
fn is_first_wish(course: &Course, due: Timestamp) -> bool {
    course.holds.is_empty() && course.tries.first().is_none_or(|first| due <= first.started_at)
}

/// When something that lasts until `over` ended, in a stretch up to `end` that is over at `until`; `None`: it goes on.
fn over_at(over: Timestamp, end: Timestamp, until: Option<Timestamp>) -> Option<Timestamp> {
    (until.is_some() || over < end).then_some(over.min(end))
}

/// What is left of a stretch between and after the waits that are known, as the channel's turn.
fn unexplained(found: &[Wait], from: Timestamp, end: Timestamp, until: Option<Timestamp>) -> Vec<Wait> {
    let mut spans: Vec<_> =
        found.iter().map(|wait| (wait.from, wait.until.unwrap_or(Timestamp::MAX))).collect();
    spans.sort_unstable();
    let (mut rest, mut told_until) = (Vec::new(), from);
    for (begun, over) in spans {
        if is_long(told_until, begun) {
            rest.push(Wait { from: told_until, until: Some(begun), why: Why::Turn });
        }
        told_until = told_until.max(over);
    }
    if is_long(told_until, end) {
        rest.push(Wait { from: told_until, until, why: Why::Turn });
    }
    rest
}
