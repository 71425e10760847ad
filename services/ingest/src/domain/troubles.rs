//! What is wrong at the webhooks' door, right now: a pure function of what the rows and this process say, of the limits and of
//! the time.

use std::time::Duration;

use contract::work::v1::{Owner, Severity};
use ids::{ChannelId, TenantId};
use jiff::Timestamp;
use rpc::Trouble;

/// A refused request says nothing about a secret for longer than this.
const REFUSED_LATELY: Duration = Duration::from_secs(600);
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
    /// When a request was last refused.
    pub refused_at: Timestamp,
    /// When something proven last came.
    pub heard_at: Option<Timestamp>,
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

/// Refused lately, and nothing proven came since a while before: then it is hardly a stranger who tries.
fn is_wrong_secret(door: &DoorFacts, now: Timestamp) -> bool {
    let (Ok(long_ago), Ok(before)) =
        (now.checked_sub(REFUSED_LATELY), door.refused_at.checked_sub(REFUSED_LATELY))
    else {
        return false;
    };
    door.refused_at > long_ago && door.heard_at.is_none_or(|heard| heard < before)
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
        since: door.heard_at,
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
    use super::*;

    const LIMITS: Limits = Limits { quarantined: 10, refused: 20 };

    fn ago(seconds: i64) -> Timestamp {
        Timestamp::constant(1_800_000_000 - seconds, 0)
    }

    fn kinds(facts: &Facts) -> Vec<&'static str> {
        of(facts, &LIMITS, ago(0)).iter().map(|trouble| trouble.kind).collect()
    }

    fn door(refused: i64, heard: Option<i64>) -> Facts {
        let door = DoorFacts {
            channel: ChannelId::generate(),
            tenant: TenantId::generate(),
            slug: "desk".to_owned(),
            refused_at: ago(refused),
            heard_at: heard.map(ago),
        };
        Facts { doors: vec![door], ..Facts::default() }
    }

    #[test]
    fn a_wrong_secret_is_told_from_a_stranger_who_tries() {
        assert_eq!(kinds(&door(60, None)), ["WEBHOOKS_REFUSED"]);
        assert_eq!(kinds(&door(60, Some(3600))), ["WEBHOOKS_REFUSED"]);
        assert_eq!(kinds(&door(60, Some(120))), [""; 0], "the right secret is in use");
        assert_eq!(kinds(&door(60, Some(10))), [""; 0]);
        assert_eq!(kinds(&door(601, None)), [""; 0], "it was long ago");
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
