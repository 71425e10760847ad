//! What is wrong at the webhooks' door, right now: a pure function of what the rows and this process say, of the limits and of
//! the time.

use std::time::Duration;

use contract::work::v1::{Owner, Severity};
use ids::{ChannelId, TenantId};
use jiff::Timestamp;
use rpc::Trouble;

/// Somebody who tries once or twice is no provider: requests are refused in so many minutes …
const REFUSALS: i64 = 3;
/// … over this time.
const REFUSED_FOR: Duration = Duration::from_secs(600);
/// A refused request says nothing about a secret for longer than this.
const REFUSED_LATELY: Duration = Duration::from_secs(24 * 60 * 60);
/// What customers usually write is missing when so many of the five minutes in which they do have passed without them: by chance that
/// happens in two cases of a hundred.
const MISSING: f64 = 4.0;
/// Fewer weeks say nothing about what is usual.
const WEEKS: i32 = 2;
/// Numbers of requests are looked at over this time.
pub const LATELY: Duration = Duration::from_secs(300);

/// From where on something is a trouble.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Payloads that came into quarantine within an hour.
    pub quarantined: i64,
    /// Requests that were refused within five minutes for want of a database or of room.
    pub refused: u64,
}

/// What the rows and this process say.
#[derive(Clone, Debug, Default)]
pub struct Facts {
    /// Payloads that came into quarantine within the last hour and wait there, by reason.
    pub quarantined: Vec<Quarantined>,
    /// Channels at whose door somebody was refused.
    pub doors: Vec<DoorFacts>,
    /// Channels whose missed messages could not be fetched within the last day.
    pub repairs: Vec<RepairFacts>,
    /// Requests this process answered with 503 in [`LATELY`].
    pub unavailable: u64,
    /// Requests whose body was too large for it in [`LATELY`].
    pub too_large: u64,
}

/// Payloads in quarantine.
#[derive(Clone, Debug)]
pub struct Quarantined {
    /// Why they are there.
    pub reason: String,
    /// How many.
    pub count: i64,
    /// Since when.
    pub since: Timestamp,
}

/// A channel's door.
#[derive(Clone, Debug)]
pub struct DoorFacts {
    /// The channel.
    pub channel: ChannelId,
    /// Its tenant.
    pub tenant: TenantId,
    /// Its name.
    pub slug: String,
    /// What was refused since.
    pub refused: Refused,
    /// What usually comes meanwhile.
    pub usual: Usual,
    /// When something proven last came.
    pub heard_at: Option<Timestamp>,
}

/// Requests that were refused since anything proven came.
#[derive(Clone, Copy, Debug)]
pub struct Refused {
    /// In so many minutes.
    pub minutes: i64,
    /// The first of them.
    pub first_at: Timestamp,
    /// The last.
    pub last_at: Timestamp,
}

/// What came from customers in the same stretch of the week, from the first refusal until now.
#[derive(Clone, Copy, Debug)]
pub struct Usual {
    /// In so many weeks before this one; what is not known for two is not usual.
    pub weeks: i32,
    /// So many five minutes of them in all brought something.
    pub busy: i64,
}

/// A repair that was given up.
#[derive(Clone, Debug)]
pub struct RepairFacts {
    /// The channel.
    pub channel: ChannelId,
    /// Its tenant.
    pub tenant: TenantId,
    /// Its name.
    pub slug: String,
    /// When.
    pub failed_at: Timestamp,
}

/// Everything that is wrong.
#[must_use]
pub fn of(facts: &Facts, limits: &Limits, now: Timestamp) -> Vec<Trouble> {
    let mut troubles: Vec<_> =
        facts.quarantined.iter().filter(|reason| reason.count > limits.quarantined).map(quarantine).collect();
    troubles.extend(facts.doors.iter().filter(|door| is_wrong_secret(door, now)).map(refused));
    troubles.extend(facts.repairs.iter().map(unrepaired));
    troubles.extend(
        (facts.unavailable > limits.refused)
            .then(|| counted("WEBHOOKS_UNAVAILABLE", Severity::Critical, facts.unavailable)),
    );
    troubles.extend(
        (facts.too_large > limits.refused)
            .then(|| counted("WEBHOOKS_TOO_LARGE", Severity::Warning, facts.too_large)),
    );
    troubles
}

/// A wrong secret refuses all that the provider sends; a stranger does not keep the true ones away. So requests were refused again and
/// again while nothing proven came, for so long that customers would have written: at night, that is until the morning. A channel that
/// is new here has no usual traffic; there refusals alone must do.
fn is_wrong_secret(door: &DoorFacts, now: Timestamp) -> bool {
    let Refused { minutes, first_at, last_at } = door.refused;
    let over = |from: Timestamp, time: Duration| from.checked_add(time).is_ok_and(|at| at <= now);
    let lasts = minutes >= REFUSALS && first_at.checked_add(REFUSED_FOR).is_ok_and(|at| at <= last_at);
    let alone = door.heard_at.is_none_or(|heard| heard < first_at);
    let is_missed =
        door.usual.weeks < WEEKS || door.usual.busy as f64 >= MISSING * f64::from(door.usual.weeks);
    lasts && alone && is_missed && !over(last_at, REFUSED_LATELY)
}

fn quarantine(reason: &Quarantined) -> Trouble {
    Trouble {
        since: Some(reason.since),
        next_step: "look at one of them; what a newer version understands can be replayed".to_owned(),
        count: reason.count,
        look: format!(
            "fd 9080 ingest.v1.QuarantineService/ListQuarantinedPayloads '{{\"reason\": \"{}\"}}'",
            reason.reason
        ),
        details: [("reason", reason.reason.clone())].into(),
        ..Trouble::new(
            "QUARANTINE_GROWS",
            reason.reason.clone(),
            Severity::Warning,
            format!("webhooks of the last hour could not be handed on ({}) and are kept", reason.reason),
        )
    }
}

fn refused(door: &DoorFacts) -> Trouble {
    Trouble {
        name: door.slug.clone(),
        tenant: Some(door.tenant),
        since: Some(door.refused.first_at),
        count: door.refused.minutes,
        next_step:
            "check that the provider shows the channel's present secret (SetWebhook sets it at Evolution)"
                .to_owned(),
        look: format!(
            "fd 9082 delivery.v1.ConnectionService/CheckChannel '{{\"channel_id\": \"{}\"}}'",
            door.channel
        ),
        ..Trouble::new(
            "WEBHOOKS_REFUSED",
            door.channel.to_string(),
            Severity::Critical,
            "webhooks are refused for a wrong secret, and none with the right one comes; customers are not heard",
        )
    }
}

fn unrepaired(repair: &RepairFacts) -> Trouble {
    Trouble {
        name: repair.slug.clone(),
        tenant: Some(repair.tenant),
        since: Some(repair.failed_at),
        next_step: "see why, then have the time fetched again (RepairGap)".to_owned(),
        look: "fd 9080 ingest.v1.IntakeService/ListRepairs".to_owned(),
        ..Trouble::new(
            "MISSED_NOT_FETCHED",
            repair.channel.to_string(),
            Severity::Warning,
            "what may have been missed during an outage could not be fetched from the provider",
        )
    }
}

fn counted(kind: &'static str, severity: Severity, count: u64) -> Trouble {
    let (cause, next_step) = if kind == "WEBHOOKS_UNAVAILABLE" {
        (
            "webhooks are answered 503: they cannot be stored, or more come than are taken; providers try again for a while",
            "check PostgreSQL, its disk and its locks; raise ingest.concurrent if it is well",
        )
    } else {
        (
            "webhooks are refused for their length",
            "raise ingest.body_limit, or turn base64 media off at the provider",
        )
    };
    Trouble {
        owner: Owner::Operator,
        next_step: next_step.to_owned(),
        count: i64::try_from(count).unwrap_or(i64::MAX),
        look: "fd 9080 ingest.v1.IntakeService/GetIntakeStatistics".to_owned(),
        ..Trouble::new(kind, "all", severity, cause)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const LIMITS: Limits = Limits { quarantined: 10, refused: 20 };

    fn ago(seconds: i64) -> Timestamp {
        Timestamp::constant(1_800_000_000 - seconds, 0)
    }

    fn kinds(facts: &Facts) -> Vec<&'static str> {
        of(facts, &LIMITS, ago(0)).iter().map(|trouble| trouble.kind).collect()
    }

    /// Refused in so many minutes between these, so many minutes ago.
    fn door(minutes: i64, first: i64, last: i64, heard: Option<i64>, usual: (i32, i64)) -> Facts {
        let door = DoorFacts {
            channel: ChannelId::generate(),
            tenant: TenantId::generate(),
            slug: "desk".to_owned(),
            refused: Refused { minutes, first_at: ago(first * 60), last_at: ago(last * 60) },
            usual: Usual { weeks: usual.0, busy: usual.1 },
            heard_at: heard.map(|minutes| ago(minutes * 60)),
        };
        Facts { doors: vec![door], ..Facts::default() }
    }

    #[test]
    fn a_wrong_secret_is_told_from_a_stranger_who_tries() {
        const NEW: (i32, i64) = (0, 0);
        let wrong = ["WEBHOOKS_REFUSED"];
        assert_eq!(kinds(&door(3, 15, 1, None, NEW)), wrong, "a new number, and nothing ever came");
        assert_eq!(kinds(&door(3, 15, 1, Some(60), (4, 16))), wrong, "somebody would have written");
        assert_eq!(kinds(&door(3, 15, 1, Some(60), (4, 15))), [""; 0], "perhaps nobody would have");
        assert_eq!(kinds(&door(400, 500, 1, Some(600), (4, 0))), [""; 0], "it is night");
        assert_eq!(kinds(&door(3, 15, 1, Some(10), (4, 90))), [""; 0], "the right secret is in use");
        assert_eq!(kinds(&door(2, 15, 1, None, NEW)), [""; 0], "too few");
        assert_eq!(kinds(&door(9, 9, 1, None, NEW)), [""; 0], "too short a time");
        assert_eq!(kinds(&door(3, 2000, 1441, None, NEW)), [""; 0], "it was long ago");
    }

    /// A week of a desk in five minutes: those in which a customer writes.
    const WEEK: usize = 7 * 24 * 12;

    /// What the rows say at the end of a week that was like four before it, where from some five minutes on the provider's secret is
    /// wrong, and a stranger tries in others.
    fn after(writes: &[bool], tries: &[bool], wrong_from: usize) -> Vec<&'static str> {
        let at = |slot: usize| ago(i64::try_from(WEEK - slot).unwrap() * 300);
        let heard = (0..wrong_from).rev().find(|slot| writes[*slot]);
        let refused: Vec<_> = (heard.map_or(0, |slot| slot + 1)..WEEK)
            .filter(|slot| tries[*slot] || (*slot >= wrong_from && writes[*slot]))
            .collect();
        let (Some(first), Some(last)) = (refused.first(), refused.last()) else { return Vec::new() };
        let busy = writes[*first..].iter().filter(|writes| **writes).count() * 4;
        let door = DoorFacts {
            channel: ChannelId::generate(),
            tenant: TenantId::generate(),
            slug: "desk".to_owned(),
            refused: Refused {
                minutes: refused.len().try_into().unwrap(),
                first_at: at(*first),
                last_at: at(*last),
            },
            usual: Usual { weeks: 4, busy: busy.try_into().unwrap() },
            heard_at: heard.map(at),
        };
        kinds(&Facts { doors: vec![door], ..Facts::default() })
    }

    proptest! {
        #[test]
        fn no_stranger_makes_a_right_secret_look_wrong_however_often_they_try(
            writes in prop::collection::vec(prop::bool::weighted(0.02), WEEK),
            tries in prop::collection::vec(prop::bool::weighted(0.2), WEEK),
        ) {
            prop_assert_eq!(after(&writes, &tries, WEEK), [""; 0]);
        }

        #[test]
        fn a_wrong_secret_is_told_once_customers_are_missed_whoever_else_tries(
            writes in prop::collection::vec(prop::bool::weighted(0.02), WEEK),
            tries in prop::collection::vec(prop::bool::weighted(0.01), WEEK),
            wrong_from in 0..WEEK,
        ) {
            let missed: Vec<_> = (wrong_from..WEEK).filter(|slot| writes[*slot]).collect();
            // The last of them a while ago and a day at most.
            let enough = missed.len() >= 4 && missed[missed.len() - 1] - missed[0] >= 3 && missed[missed.len() - 1] > WEEK - 280;
            if enough {
                prop_assert_eq!(after(&writes, &tries, wrong_from), ["WEBHOOKS_REFUSED"]);
            }
        }
    }

    #[test]
    fn numbers_count_from_their_limits_on() {
        let quarantined = |count| Facts {
            quarantined: vec![Quarantined { reason: "unparsable".to_owned(), count, since: ago(60) }],
            ..Facts::default()
        };
        assert_eq!(kinds(&quarantined(10)), [""; 0]);
        assert_eq!(kinds(&quarantined(11)), ["QUARANTINE_GROWS"]);
        let refused = |unavailable, too_large| Facts { unavailable, too_large, ..Facts::default() };
        assert_eq!(kinds(&refused(20, 20)), [""; 0]);
        assert_eq!(kinds(&refused(21, 21)), ["WEBHOOKS_UNAVAILABLE", "WEBHOOKS_TOO_LARGE"]);
    }
}
