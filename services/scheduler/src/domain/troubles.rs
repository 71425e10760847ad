//! What is wrong with reminders, right now: a pure function of what the rows say and of the limits.

use std::time::Duration;

use contract::work::v1::{Owner, Severity};
use ids::TenantId;
use jiff::Timestamp;
use rpc::Trouble;

/// Reminders that nobody looked at for so long after they were due are late: looks are a second apart.
pub const LATE: Duration = Duration::from_secs(300);

/// What the rows say.
#[derive(Debug, Clone, Default)]
pub struct Facts {
    /// Reminders due for longer than [`LATE`].
    pub late: i64,
    /// Since when.
    pub late_since: Option<Timestamp>,
    /// Reminders of the last 24 hours that were given up, by tenant.
    pub given_up: Vec<GivenUp>,
}

/// Reminders of one tenant that were given up.
#[derive(Debug, Clone)]
pub struct GivenUp {
    /// The tenant.
    pub tenant: TenantId,
    /// How many.
    pub count: i64,
    /// The first of them.
    pub since: Timestamp,
}

/// Everything that is wrong.
#[must_use]
pub fn of(facts: &Facts) -> Vec<Trouble> {
    let mut troubles: Vec<_> = facts.given_up.iter().map(given_up).collect();
    if facts.late > 0 {
        troubles.push(Trouble {
            since: facts.late_since,
            next_step:
                "check that scheduler runs and reaches the database; due reminders go out as soon as it does"
                    .to_owned(),
            count: facts.late,
            look: "fd 9083 work.v1.TroubleService/ListTroubles".to_owned(),
            ..Trouble::new("REMINDERS_LATE", "all", Severity::Critical, "due reminders are not handed over")
        });
    }
    troubles
}

fn given_up(given_up: &GivenUp) -> Trouble {
    Trouble {
        tenant: Some(given_up.tenant),
        since: Some(given_up.since),
        owner: Owner::Developer,
        next_step: "call the customers; find \"reminder given up\" in scheduler's log and report it"
            .to_owned(),
        count: given_up.count,
        look: format!(
            "fd 9083 scheduler.v1.BookingService/ListBookings '{{\"tenant_id\": \"{}\"}}'",
            given_up.tenant
        ),
        ..Trouble::new(
            "REMINDERS_GIVEN_UP",
            given_up.tenant.to_string(),
            Severity::Critical,
            "reminders of the last 24 hours could not be made and were given up",
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn late_reminders_and_those_given_up_are_told() {
        assert_eq!(of(&Facts::default()), []);
        let given_up = GivenUp { tenant: TenantId::generate(), count: 2, since: Timestamp::UNIX_EPOCH };
        let troubles = of(&Facts { late: 1, late_since: None, given_up: vec![given_up] });
        let told: Vec<_> = troubles.iter().map(|trouble| (trouble.kind, trouble.count)).collect();
        assert_eq!(told, [("REMINDERS_GIVEN_UP", 2), ("REMINDERS_LATE", 1)]);
    }
}
