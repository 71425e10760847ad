//! What this service counts.

use metrics::{Unit, describe_counter, describe_gauge, describe_histogram};

/// Registers help and units.
pub fn describe() {
    describe_counter!(
        "frontdesk_delivery_settled_total",
        Unit::Count,
        "Messages settled, by new state and retry class"
    );
    describe_counter!(
        "frontdesk_delivery_door_changes_total",
        Unit::Count,
        "Changes of channels' doors, by what they became"
    );
    describe_counter!(
        "frontdesk_delivery_unknown_settled_total",
        Unit::Count,
        "Unknown outcomes settled by asking the provider"
    );
    describe_counter!(
        "frontdesk_delivery_resent_total",
        Unit::Count,
        "Messages sent once more because nobody knew"
    );
    describe_counter!(
        "frontdesk_delivery_silent_total",
        Unit::Count,
        "Messages the provider took and of which nothing was heard within delivery.receipt_deadline"
    );
    describe_counter!(
        "frontdesk_delivery_held_back_total",
        Unit::Count,
        "Repetitions held back, since a fifth of their channel's calls were repetitions"
    );
    describe_counter!("frontdesk_delivery_signs_total", Unit::Count, "Read marks and \"typing\", by result");
    describe_counter!(
        "frontdesk_delivery_template_lists_total",
        Unit::Count,
        "Providers' lists of templates, by result"
    );
    describe_gauge!(
        "frontdesk_delivery_templates_unusable",
        Unit::Count,
        "Templates that play a part and cannot be sent"
    );
    describe_gauge!("frontdesk_delivery_channels_owned", Unit::Count, "Channels this instance sends for");
    describe_gauge!(
        "frontdesk_delivery_depth",
        Unit::Count,
        "Messages that could go, or are tried again; not those for later"
    );
    describe_gauge!(
        "frontdesk_delivery_later",
        Unit::Count,
        "Messages for later: scheduled, held by a rule such as quiet hours, or of a paused campaign"
    );
    describe_gauge!(
        "frontdesk_delivery_oldest_seconds",
        Unit::Seconds,
        "For how long the oldest message that could go waits, throttled and retried ones included"
    );
    describe_gauge!(
        "frontdesk_delivery_unknown",
        Unit::Count,
        "Messages of the last 24 hours whose outcome is unknown"
    );
    describe_gauge!(
        "frontdesk_delivery_deaf",
        Unit::Count,
        "Channels that are connected and through which nothing comes, or that have been connecting for too long"
    );
    describe_histogram!("frontdesk_delivery_call_seconds", Unit::Seconds, "Calls of providers");
    describe_histogram!(
        "frontdesk_delivery_wait_seconds",
        Unit::Seconds,
        "From queued to called, waits for tokens, doors and retries included"
    );
}
