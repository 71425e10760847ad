//! Whether the queue is well, in words for whoever looks.

use std::time::Duration;

/// A backlog longer than this for a while is worth a look.
pub const DEEP: i64 = 10;
/// Somebody has waited longer than they should.
pub const OLD: Duration = Duration::from_secs(300);

/// A channel, as far as its health goes.
#[derive(Clone, Debug)]
pub struct ChannelHealth {
    /// Its name.
    pub slug: String,
    /// Why its door is closed, in words, and what to do; `None`: open.
    pub closed: Option<(String, String)>,
    /// What shows that nothing comes through it, and what to do.
    pub deaf: Option<(String, String)>,
    /// A live process has it.
    pub owned: bool,
    /// Messages that could go, or are tried again.
    pub depth: i64,
    /// How long the oldest of them waits.
    pub oldest: Option<Duration>,
    /// Outcomes nobody knows.
    pub unknown: i64,
    /// Messages given up that nobody has resolved.
    pub dead: i64,
}

/// In one word.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Status {
    /// Nothing to do.
    Healthy,
    /// It goes on; somebody should look.
    Degraded,
    /// Messages do not go out.
    Unhealthy,
}

impl Status {
    /// The word shown.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Healthy => "healthy",
            Self::Degraded => "degraded",
            Self::Unhealthy => "unhealthy",
        }
    }
}

/// What is wrong and what to do about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Issue {
    /// How bad.
    pub status: Status,
    /// What is wrong.
    pub problem: String,
    /// What to do.
    pub remedy: String,
}

/// Everything that is wrong, the worst first.
#[must_use]
pub fn issues(channels: &[ChannelHealth], broker_answers: bool) -> Vec<Issue> {
    let mut issues = Vec::new();
    if !broker_answers {
        issues.push(Issue {
            status: Status::Degraded,
            problem: "NATS does not answer; messages are sent by a look once a second".to_owned(),
            remedy: "bring NATS back; nothing has to be sent again".to_owned(),
        });
    }
    for channel in channels {
        issues.extend(of_channel(channel));
    }
    issues.sort_by_key(|issue| std::cmp::Reverse(issue.status));
    issues
}

fn of_channel(channel: &ChannelHealth) -> Vec<Issue> {
    let slug = &channel.slug;
    let mut issues = Vec::new();
    let mut add = |status, problem: String, remedy: String| issues.push(Issue { status, problem, remedy });
    if let Some((why, remedy)) = &channel.closed {
        add(Status::Unhealthy, format!("{slug}: the door is closed: {why}"), remedy.clone());
    } else if !channel.owned {
        add(
            Status::Unhealthy,
            format!("{slug}: no process sends for it"),
            "check that delivery runs; another process takes the channel within seconds".to_owned(),
        );
    } else if let Some(oldest) = channel.oldest.filter(|oldest| *oldest > OLD) {
        add(
            Status::Degraded,
            format!("{slug}: {} wait, the oldest for {} s", channel.depth, oldest.as_secs()),
            "look at the channel's rate, or at what its oldest messages wait for (GetTimeline)".to_owned(),
        );
    } else if channel.depth > DEEP {
        add(
            Status::Degraded,
            format!("{slug}: {} wait", channel.depth),
            "wait a little; if it does not fall, look at the channel's rate".to_owned(),
        );
    }
    if let Some((what, remedy)) = &channel.deaf {
        add(Status::Unhealthy, format!("{slug}: deaf: {what}"), remedy.clone());
    }
    if channel.unknown > 0 {
        add(
            Status::Degraded,
            format!("{slug}: of {} messages nobody knows whether they were sent", channel.unknown),
            "wait two minutes; what is left, look up in the chat on the phone".to_owned(),
        );
    }
    if channel.dead > 0 {
        add(
            Status::Degraded,
            format!("{slug}: {} dead letters", channel.dead),
            "look at them by cause (ListDeadLetterGroups); do the next step, then replay or discard"
                .to_owned(),
        );
    }
    issues
}

/// The worst of them.
#[must_use]
pub fn status(issues: &[Issue]) -> Status {
    issues.iter().map(|issue| issue.status).max().unwrap_or(Status::Healthy)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn well() -> ChannelHealth {
        ChannelHealth {
            slug: "desk".to_owned(),
            closed: None,
            deaf: None,
            owned: true,
            depth: 2,
            oldest: Some(Duration::from_secs(1)),
            unknown: 0,
            dead: 0,
        }
    }

    #[test]
    fn a_short_queue_with_an_owner_is_healthy() {
        let issues = issues(&[well()], true);
        assert_eq!((status(&issues), issues), (Status::Healthy, vec![]));
    }

    #[test]
    fn each_trouble_is_named_with_what_to_do_and_the_worst_comes_first() {
        let closed = ChannelHealth { closed: Some(("paused".into(), "resume it".into())), ..well() };
        let alone = ChannelHealth { owned: false, ..well() };
        let deep = ChannelHealth { depth: 11, ..well() };
        let old = ChannelHealth { oldest: Some(OLD * 2), ..well() };
        let odd = ChannelHealth { unknown: 1, dead: 3, ..well() };
        let deaf = ChannelHealth { deaf: Some(("nothing came back".into(), "SetWebhook".into())), ..well() };
        let found = issues(&[deep, odd, closed, old, alone, deaf], false);
        assert_eq!(found.len(), 8);
        assert_eq!(found.iter().filter(|issue| issue.status == Status::Unhealthy).count(), 3);
        assert_eq!(found[0].status, Status::Unhealthy);
        assert!(found.iter().all(|issue| !issue.remedy.is_empty()));
        assert_eq!(status(&found), Status::Unhealthy);
        assert!(found.iter().any(|issue| issue.problem == "desk: the door is closed: paused"));
    }
}
