//! What this service counts.

use metrics::{Unit, describe_counter, describe_gauge, describe_histogram};

/// Registers help and units.
pub fn describe() {
    describe_counter!("frontdesk_conversation_claims_total", Unit::Count, "Conversations claimed");
    describe_counter!(
        "frontdesk_conversation_turns_total",
        Unit::Count,
        "Turns committed, by route and rule"
    );
    describe_counter!(
        "frontdesk_conversation_turns_discarded_total",
        Unit::Count,
        "Drafts dropped for something newer"
    );
    describe_counter!(
        "frontdesk_conversation_turns_failed_total",
        Unit::Count,
        "Turns that failed and are tried again or given up"
    );
    describe_counter!(
        "frontdesk_conversation_acknowledged_total",
        Unit::Count,
        "Customers asked for a moment, since a model was slow"
    );
    describe_histogram!(
        "frontdesk_conversation_turn_seconds",
        Unit::Seconds,
        "From loaded to committed, by route"
    );
    describe_counter!(
        "frontdesk_conversation_media_total",
        Unit::Count,
        "Tries at customers' files, by what the file then is"
    );
    describe_histogram!(
        "frontdesk_conversation_media_seconds",
        Unit::Seconds,
        "From a file's claim to its being stored, voice notes' words included"
    );
    describe_counter!(
        "frontdesk_conversation_contact_links_total",
        Unit::Count,
        "Pairs of contacts that one event named: merged, doubtful (a person decides) or settled before"
    );
    describe_counter!("frontdesk_work_swept_total", Unit::Count, "Keys the sweeper had to wake, by schema");
    describe_counter!(
        "frontdesk_work_handed_back_total",
        Unit::Count,
        "Keys handed back because nothing ran them, by schema"
    );
    describe_gauge!("frontdesk_work_running", Unit::Count, "Keys being worked on, by schema");
    describe_counter!(
        "frontdesk_bus_wakes_total",
        Unit::Count,
        "Wake-ups published or dropped while the broker was away"
    );
    describe_histogram!("frontdesk_batch_size", Unit::Count, "Inputs that shared one call");
}
