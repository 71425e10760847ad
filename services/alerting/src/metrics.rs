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
    describe_gauge!(
        "frontdesk_alerting_incidents_open",
        Unit::Count,
        "Incidents that somebody was told of and that are not over, by severity"
    );
    describe_counter!(
        "frontdesk_alerting_incident_changes_total",
        Unit::Count,
        "Changes of incidents, by what changed"
    );
    describe_counter!("frontdesk_alerting_looks_total", Unit::Count, "Looks for incidents, by result");
    describe_gauge!(
        "frontdesk_alerting_last_look_timestamp_seconds",
        Unit::Seconds,
        "When this process last looked for incidents; of several processes one looks"
    );
    describe_counter!(
        "frontdesk_alerting_posts_total",
        Unit::Count,
        "Calls of receivers of alerts, by receiver and result"
    );
    describe_gauge!(
        "frontdesk_alerting_heartbeat_timestamp_seconds",
        Unit::Seconds,
        "When alerting was last well: it looked, and what it tells arrives"
    );
    describe_counter!(
        "frontdesk_alerting_heartbeats_total",
        Unit::Count,
        "Calls of alerting.heartbeat_url, by whether they were heard"
    );
    describe_gauge!("frontdesk_alerting_dead_letters_open", Unit::Count, "Dead letters nobody has closed");
}
