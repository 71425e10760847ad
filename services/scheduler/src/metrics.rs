//! Every metric of this service, with its unit. All are created at zero, so that a rate exists from the first event on.

use jiff::SignedDuration;
use metrics::{counter, describe_counter, describe_histogram, histogram};

use crate::store::effects::Count;

const REMINDERS: &str = "frontdesk_scheduler_reminders_total";
const LATENESS: &str = "frontdesk_scheduler_reminder_lateness_seconds";
const EFFECTS: &str = "frontdesk_scheduler_effects_total";
const HOLDS: &str = "frontdesk_scheduler_holds_total";

/// Names the metrics and sets them to zero. Call it once at start.
pub fn describe() {
    describe_counter!(
        REMINDERS,
        "Reminders looked at when due, by what became of them: completed (handed to delivery), voided, expired, \
         postponed (a failed try), failed (given up)."
    );
    for outcome in ["completed", "voided", "expired", "postponed", "failed"] {
        counter!(REMINDERS, "outcome" => outcome).absolute(0);
    }
    describe_histogram!(LATENESS, metrics::Unit::Seconds, "From a reminder's due time to its hand-over.");
    describe_counter!(
        EFFECTS,
        "Committed answers to proposals and operators' requests, by kind (book, move, cancel) and outcome (done, \
         taken, gone, stale). Counted from the rows, each once over all replicas."
    );
    for kind in ["book", "move", "cancel"] {
        for outcome in ["done", "taken", "gone", "stale"] {
            counter!(EFFECTS, "kind" => kind, "outcome" => outcome).absolute(0);
        }
    }
    describe_counter!(
        HOLDS,
        "Requests to hold a slot, by outcome: held, taken, forged or expired (the handle), withdrawn (no longer offered), \
         failed (no answer); and holds given back: released."
    );
    for outcome in ["held", "taken", "forged", "expired", "withdrawn", "failed", "released"] {
        counter!(HOLDS, "outcome" => outcome).absolute(0);
    }
}

/// One reminder was looked at.
pub fn reminder(outcome: &'static str) {
    counter!(REMINDERS, "outcome" => outcome).increment(1);
}

/// One reminder was handed over so long after its due time.
pub fn lateness(late: SignedDuration) {
    histogram!(LATENESS).record(late.as_secs_f64().max(0.0));
}

/// Effects that were committed since the last count.
pub fn effects(count: &Count) {
    counter!(EFFECTS, "kind" => count.kind.clone(), "outcome" => count.outcome.clone())
        .increment(count.effects);
}

/// One request about a hold.
pub fn hold(outcome: &'static str) {
    counter!(HOLDS, "outcome" => outcome).increment(1);
}
