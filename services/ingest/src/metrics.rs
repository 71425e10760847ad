//! What this service counts: `frontdesk_ingest_*`. Labels come from closed sets; counters start at zero, so that a rate
//! is there before the first event.

use std::sync::LazyLock;
use std::time::Duration;

use metrics::{
    Counter, Histogram, Unit, counter, describe_counter, describe_gauge, describe_histogram, gauge, histogram,
};

use crate::domain::{Ignored, InboundEvent};
use crate::intake::Taken;
use crate::providers::Provider;
use crate::quarantine::Reason;
use crate::statistics::{Outcome, Statistics};

const WEBHOOKS: &str = "frontdesk_ingest_webhooks_total";
const WEBHOOK_DURATION: &str = "frontdesk_ingest_webhook_duration_seconds";
const EVENTS: &str = "frontdesk_ingest_events_total";
const IGNORED: &str = "frontdesk_ingest_ignored_total";
const DUPLICATES: &str = "frontdesk_ingest_duplicates_total";
const SIGNALS: &str = "frontdesk_ingest_channel_signals_total";
const BATCH_ITEMS: &str = "frontdesk_ingest_batch_items";
const ACCEPT_DURATION: &str = "frontdesk_ingest_accept_duration_seconds";
const FAILED_ITEMS: &str = "frontdesk_ingest_failed_items_total";
const REPEATED: &str = "frontdesk_ingest_repeated_calls_total";
const QUARANTINED: &str = "frontdesk_ingest_quarantined_total";
const CHANNELS: &str = "frontdesk_ingest_channels";
const REPAIRED: &str = "frontdesk_ingest_repaired_total";

/// Registers help and units, and the counters that alerts look at.
pub fn describe() {
    describe_counter!(WEBHOOKS, Unit::Count, "Webhooks by provider and by how they were answered");
    describe_histogram!(
        WEBHOOK_DURATION,
        Unit::Seconds,
        "Time from a webhook's head to its answer, by provider"
    );
    describe_counter!(EVENTS, Unit::Count, "Events in webhooks, by kind");
    describe_counter!(IGNORED, Unit::Count, "Events that are none of ours, by reason");
    describe_counter!(DUPLICATES, Unit::Count, "Events that were there already");
    describe_counter!(SIGNALS, Unit::Count, "Errors of a channel that belong to no message, by provider");
    describe_histogram!(BATCH_ITEMS, Unit::Count, "Events handed on in one call, by call");
    describe_histogram!(
        ACCEPT_DURATION,
        Unit::Seconds,
        "Time of one call of a receiver, repeats included, by call"
    );
    describe_counter!(FAILED_ITEMS, Unit::Count, "Events that a call could not hand on, by call");
    describe_counter!(REPEATED, Unit::Count, "Calls made again because of poison or locks, by call");
    describe_counter!(
        QUARANTINED,
        Unit::Count,
        "Payloads kept because they could not be handed on, by cause"
    );
    describe_counter!(
        REPAIRED,
        Unit::Count,
        "Messages fetched from a provider's list, by what became of them"
    );
    for outcome in ["accepted", "duplicate", "ignored", "quarantined"] {
        counter!(REPAIRED, "outcome" => outcome).increment(0);
    }
    describe_gauge!(CHANNELS, Unit::Count, "Channels known to this process");
    for provider in Provider::ALL {
        for outcome in Outcome::ALL {
            counter!(WEBHOOKS, "provider" => provider.as_str(), "outcome" => outcome.as_str()).increment(0);
        }
    }
    for reason in Reason::ALL {
        counter!(QUARANTINED, "reason" => reason.as_str()).increment(0);
    }
}

/// Handles for what is counted with every request; looking one up costs more than counting.
struct Hot {
    accepted: [Counter; 3],
    duration: [Histogram; 3],
}

static HOT: LazyLock<Hot> = LazyLock::new(|| {
    Hot {
    accepted: Provider::ALL
        .map(|provider| counter!(WEBHOOKS, "provider" => provider.as_str(), "outcome" => Outcome::Accepted.as_str())),
    duration: Provider::ALL.map(|provider| histogram!(WEBHOOK_DURATION, "provider" => provider.as_str())),
}
});

/// A webhook was answered.
pub fn answered(statistics: &Statistics, provider: Provider, outcome: Outcome, took: Duration) {
    statistics.answered(provider, outcome);
    match outcome {
        Outcome::Accepted => HOT.accepted[provider as usize].increment(1),
        other => {
            counter!(WEBHOOKS, "provider" => provider.as_str(), "outcome" => other.as_str()).increment(1);
        }
    }
    HOT.duration[provider as usize].record(took.as_secs_f64());
}

/// An event was found.
pub fn event(statistics: &Statistics, event: &InboundEvent) {
    statistics.event(event);
    counter!(EVENTS, "kind" => event.label()).increment(1);
    if let InboundEvent::Ignored(why) = event {
        ignored(*why);
    }
}

fn ignored(why: Ignored) {
    counter!(IGNORED, "reason" => why.as_str()).increment(1);
}

/// Events were there already.
pub fn duplicates(count: u64) {
    counter!(DUPLICATES).increment(count);
}

/// A provider reported an error of a channel as a whole.
pub fn signal(provider: Provider) {
    counter!(SIGNALS, "provider" => provider.as_str()).increment(1);
}

/// A batch was worked through.
pub fn batch(call: &'static str, items: usize, failed: usize, took: Duration) {
    #[expect(clippy::cast_precision_loss, reason = "a batch has some thousand items at most")]
    histogram!(BATCH_ITEMS, "call" => call).record(items as f64);
    histogram!(ACCEPT_DURATION, "call" => call).record(took.as_secs_f64());
    if failed > 0 {
        counter!(FAILED_ITEMS, "call" => call).increment(failed as u64);
    }
}

/// A call is made again.
pub fn repeated(call: &'static str) {
    counter!(REPEATED, "call" => call).increment(1);
}

/// A payload was kept.
pub fn quarantined(reason: Reason) {
    counter!(QUARANTINED, "reason" => reason.as_str()).increment(1);
}

/// So many channels are known.
pub fn channels(count: usize) {
    #[expect(clippy::cast_precision_loss, reason = "a cell has a thousand channels")]
    gauge!(CHANNELS).set(count as f64);
}

/// Messages of a provider's list were taken in.
pub fn repaired(taken: Taken) {
    for (outcome, count) in [
        ("accepted", taken.accepted),
        ("duplicate", taken.duplicates),
        ("ignored", taken.ignored),
        ("quarantined", taken.quarantined),
    ] {
        counter!(REPAIRED, "outcome" => outcome).increment(count.into());
    }
}
