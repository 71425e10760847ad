//! What this service counts.

use metrics::{Unit, describe_counter, describe_gauge};

/// Registers help and units.
pub fn describe() {
    describe_counter!(
        "frontdesk_alerting_dead_letters_total",
        Unit::Count,
        "Dead letters by owner and by how they were noticed"
    );
    describe_counter!(
        "frontdesk_alerting_deliveries_used_up_total",
        Unit::Count,
        "Wake-ups JetStream gave up; their keys were looked at again"
    );
    describe_counter!(
        "frontdesk_alerting_dead_letters_closed_total",
        Unit::Count,
        "Dead letters closed, by deed (replay, discard) and by role (policy: nobody was asked)"
    );
    describe_gauge!("frontdesk_alerting_dead_letters_open", Unit::Count, "Dead letters nobody has closed");
}
