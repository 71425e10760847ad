//! What is wrong with sending, right now: a pure function of what the rows say, of the limits and of the time. What it no
//! longer says is over.

use std::{collections::BTreeMap, time::Duration};

use contract::work::v1::{Owner, Severity};
use ids::{ChannelId, TenantId};
use jiff::Timestamp;
use rpc::Trouble;

use crate::domain::{
    causes,
    door::{Closure, Why},
    hearing::{Because, Deafness},
    templates::Unusable,
};

#[cfg(test)]
mod tests;

/// From where on something is a trouble: `[escalation]`.
#[derive(Clone, Debug)]
pub struct Limits {
    /// A message that has failed for longer than this is stuck …
    pub failure_threshold: Duration,
    /// … if it was tried so often.
    pub min_retries: i32,
    /// Whose messages are reported as soon as they are given up.
    pub critical_classes: Vec<String>,
    /// More messages than this in a channel's queue …
    pub depth: i64,
    /// … for so long.
    pub depth_for: Duration,
    /// A channel that no process has for so long.
    pub unowned_for: Duration,
    /// A door that the provider closes and opens by itself may be closed for so long.
    pub outage_for: Duration,
    /// The oldest message may wait for so long, throttled ones included.
    pub oldest: Duration,
    /// So many messages without a receipt, and at least half of all, are a silence.
    pub silent: i64,
    /// So many outcomes of one day that nobody knows.
    pub unknown: i64,
}

/// A channel as the rows have it.
#[derive(Clone, Debug)]
pub struct ChannelFacts {
    /// Its id.
    pub id: ChannelId,
    /// Its tenant.
    pub tenant: TenantId,
    /// Its name.
    pub slug: String,
    /// Why its door is closed.
    pub closure: Option<Closure>,
    /// Nothing comes through it.
    pub deaf: Option<Deafness>,
    /// A live process has it.
    pub owned: bool,
    /// Messages that could go, or are tried again.
    pub depth: i64,
    /// Since when the oldest message that could go out waits.
    pub oldest: Option<Timestamp>,
    /// What nobody could find out.
    pub unknown: Many,
    /// Sent a while ago, and nothing heard of since.
    pub silent: Many,
    /// Sent in that while.
    pub sent: i64,
    /// Failing for long, and tried again.
    pub stuck: Vec<Failing>,
    /// Given up, and nobody has resolved them.
    pub dead: Vec<Failing>,
    /// Templates that play a part and cannot be sent, by part.
    pub templates: Vec<(String, Unusable)>,
}

/// How many, and since when.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Many {
    /// How many.
    pub count: i64,
    /// The oldest.
    pub since: Option<Timestamp>,
}

/// Messages of one class that fail for one cause.
#[derive(Clone, Debug)]
pub struct Failing {
    /// What they are for.
    pub class: String,
    /// A stable word.
    pub cause: String,
    /// The cause in words.
    pub words: String,
    /// Who has to act, as the rows say it.
    pub owner: String,
    /// What they should do.
    pub next_step: String,
    /// How many, and since when.
    pub many: Many,
}

/// Everything that is wrong, channel by channel.
#[must_use]
pub fn of(channels: &[ChannelFacts], limits: &Limits, now: Timestamp) -> Vec<Trouble> {
    channels.iter().flat_map(|channel| of_channel(channel, limits, now)).collect()
}

fn of_channel(channel: &ChannelFacts, limits: &Limits, now: Timestamp) -> Vec<Trouble> {
    let mut troubles = Vec::new();
    match &channel.closure {
        // A channel that an operator paused is as they want it; what waits in it gets old all the same.
        Some(closure) if closure.why != Why::Paused => troubles.push(closed(channel, closure, limits)),
        None if !channel.owned => troubles.push(unowned(channel, limits)),
        _ => troubles.extend(backlog(channel, limits, now)),
    }
    troubles.extend(deaf(channel));
    troubles.extend(unknown(channel, limits));
    troubles.extend(silence(channel, limits));
    troubles.extend(channel.stuck.iter().map(|failing| stuck(channel, failing, limits)));
    troubles.extend(channel.dead.iter().map(|failing| given_up(channel, failing)));
    troubles.extend(channel.templates.iter().map(|(part, unusable)| template(channel, part, unusable)));
    troubles
}

fn about(channel: &ChannelFacts, kind: &'static str, severity: Severity, cause: String) -> Trouble {
    Trouble {
        name: channel.slug.clone(),
        tenant: Some(channel.tenant),
        look: format!(
            "fd 9082 delivery.v1.QueueService/GetQueueHealth '{{\"channel\": \"{}\"}}'",
            channel.slug
        ),
        ..Trouble::new(kind, channel.id.to_string(), severity, cause)
    }
}

fn closed(channel: &ChannelFacts, closure: &Closure, limits: &Limits) -> Trouble {
    let advice = closure.why.advice();
    let by_itself = matches!(closure.why, Why::Outage | Why::Connecting);
    Trouble {
        since: Some(closure.since),
        patience: if by_itself { limits.outage_for } else { Duration::ZERO },
        owner: owner(advice.owner),
        next_step: advice.next_step.to_owned(),
        count: channel.depth,
        details: BTreeMap::from([("reason", closure.why.as_str().to_owned())]),
        ..about(channel, "CHANNEL_CLOSED", Severity::Critical, advice.words.to_owned())
    }
}

fn unowned(channel: &ChannelFacts, limits: &Limits) -> Trouble {
    Trouble {
        patience: limits.unowned_for,
        next_step: "check that delivery runs and reaches the database; another process takes the channel within seconds"
            .to_owned(),
        count: channel.depth,
        ..about(
            channel,
            "CHANNEL_WITHOUT_OWNER",
            Severity::Critical,
            "no process sends for the channel".to_owned(),
        )
    }
}

/// One cause is told once: a door that the provider closed says why nothing comes, also while it connects, and receipts that do
/// not come have a trouble of their own.
fn deaf(channel: &ChannelFacts) -> Option<Trouble> {
    let closed = channel.closure.as_ref().is_some_and(|closure| closure.why != Why::Paused);
    let told = |deaf: &&Deafness| !matches!(deaf.because, Because::Connecting | Because::Receipts);
    let deaf = channel.deaf.as_ref().filter(told).filter(|_| !closed)?;
    Some(Trouble {
        since: Some(deaf.since),
        next_step: deaf.next_step.clone(),
        details: BTreeMap::from([
            ("because", deaf.because.as_str().to_owned()),
            ("link", deaf.link.as_str().to_owned()),
        ]),
        look: format!(
            "fd 9082 delivery.v1.ConnectionService/CheckChannel '{{\"channel_id\": \"{}\"}}'",
            channel.id
        ),
        ..about(
            channel,
            "CHANNEL_DEAF",
            Severity::Critical,
            format!("the number is connected, and nothing comes through it: {}", deaf.words),
        )
    })
}

fn backlog(channel: &ChannelFacts, limits: &Limits, now: Timestamp) -> Vec<Trouble> {
    let mut troubles = Vec::new();
    if channel.depth > limits.depth {
        troubles.push(Trouble {
            patience: limits.depth_for,
            next_step: "if it does not fall, look at the channel's rate, or at what its oldest messages wait for (GetTimeline)"
                .to_owned(),
            count: channel.depth,
            ..about(
                channel,
                "QUEUE_DEEP",
                Severity::Warning,
                format!("more than {} messages wait to be sent", limits.depth),
            )
        });
    }
    if let Some(oldest) = channel.oldest.filter(|oldest| older(*oldest, limits.oldest, now)) {
        troubles.push(Trouble {
            since: Some(oldest),
            next_step: "see what the oldest message waits for (GetTimeline); raise the channel's rate if it is the rate"
                .to_owned(),
            count: channel.depth,
            ..about(
                channel,
                "QUEUE_OLD",
                Severity::Warning,
                format!("the oldest message has waited for more than {}", spoken(limits.oldest)),
            )
        });
    }
    troubles
}

fn unknown(channel: &ChannelFacts, limits: &Limits) -> Option<Trouble> {
    (channel.unknown.count >= limits.unknown.max(1)).then(|| Trouble {
        since: channel.unknown.since,
        next_step: "look them up in the chat on the phone (ListMessages, state unknown); nobody sends them again by itself"
            .to_owned(),
        count: channel.unknown.count,
        look: format!(
            "fd 9082 delivery.v1.MessageService/ListMessages '{{\"tenant_id\": \"{}\", \"state\": \"MESSAGE_STATE_UNKNOWN\"}}'",
            channel.tenant
        ),
        ..about(
            channel,
            "OUTCOMES_UNKNOWN",
            Severity::Warning,
            "of messages of the last 24 hours nobody knows whether they were sent".to_owned(),
        )
    })
}

/// Some phones are always off; half of all are not.
fn silence(channel: &ChannelFacts, limits: &Limits) -> Option<Trouble> {
    let silent = channel.silent.count;
    (silent >= limits.silent.max(1) && silent * 2 >= channel.sent).then(|| Trouble {
        since: channel.silent.since,
        next_step: "look on the phone whether they arrive; check that the provider reports to our webhook (CheckChannel)"
            .to_owned(),
        count: silent,
        details: BTreeMap::from([("sent", channel.sent.to_string())]),
        look: format!("fd 9082 delivery.v1.ConnectionService/CheckChannel '{{\"channel_id\": \"{}\"}}'", channel.id),
        ..about(
            channel,
            "NO_RECEIPTS",
            Severity::Critical,
            "the provider takes messages, and nothing is heard of most of them".to_owned(),
        )
    })
}

fn stuck(channel: &ChannelFacts, failing: &Failing, limits: &Limits) -> Trouble {
    let critical = limits.critical_classes.contains(&failing.class);
    let severity = if critical { Severity::Critical } else { Severity::Warning };
    let cause = format!(
        "messages ({}) have failed for more than {} and are still being tried: {}",
        failing.class,
        spoken(limits.failure_threshold),
        failing.words
    );
    Trouble {
        subject: format!("{}/{}/{}", channel.id, failing.class, failing.cause),
        ..failed(channel, failing, about(channel, "MESSAGES_STUCK", severity, cause))
    }
}

fn given_up(channel: &ChannelFacts, failing: &Failing) -> Trouble {
    let cause = format!("messages ({}) were given up: {}", failing.class, failing.words);
    Trouble {
        subject: format!("{}/{}/{}", channel.id, failing.class, failing.cause),
        look: format!(
            "fd 9084 alerting.v1.DeadLetterService/ListDeadLetters '{{\"cause\": \"{}\"}}'",
            failing.cause.to_uppercase()
        ),
        ..failed(channel, failing, about(channel, "MESSAGES_GIVEN_UP", Severity::Critical, cause))
    }
}

fn failed(channel: &ChannelFacts, failing: &Failing, trouble: Trouble) -> Trouble {
    let owner = failing.owner.parse().map_or(Owner::Operator, owner);
    Trouble {
        name: channel.slug.clone(),
        since: failing.many.since,
        owner,
        next_step: failing.next_step.clone(),
        count: failing.many.count,
        details: BTreeMap::from([("class", failing.class.clone()), ("cause", failing.cause.clone())]),
        ..trouble
    }
}

fn template(channel: &ChannelFacts, part: &str, unusable: &Unusable) -> Trouble {
    let advice = unusable.cause.advice();
    Trouble {
        subject: format!("{}/{part}", channel.id),
        owner: owner(advice.owner),
        next_step: advice.next_step.to_owned(),
        details: BTreeMap::from([("part", part.to_owned()), ("cause", unusable.cause.as_str().to_owned())]),
        look: format!(
            "fd 9082 delivery.v1.TemplateService/ListTemplates '{{\"channel_id\": \"{}\"}}'",
            channel.id
        ),
        ..about(
            channel,
            "TEMPLATE_UNUSABLE",
            Severity::Critical,
            format!("what plays the part \"{part}\" cannot be sent: {}", unusable.words),
        )
    }
}

fn owner(owner: causes::Owner) -> Owner {
    match owner {
        causes::Owner::FrontDesk => Owner::Tenant,
        causes::Owner::Operator => Owner::Operator,
        causes::Owner::Developer => Owner::Developer,
    }
}

fn older(at: Timestamp, than: Duration, now: Timestamp) -> bool {
    Duration::try_from(now.duration_since(at)).is_ok_and(|age| age > than)
}

fn spoken(period: Duration) -> String {
    match period.as_secs() {
        0..120 => format!("{} s", period.as_secs()),
        seconds => format!("{} min", seconds / 60),
    }
}
