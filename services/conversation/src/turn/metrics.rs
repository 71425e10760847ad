//! What turns count about models. Everything else is on the draft.

use std::time::Duration;

use metrics::{Unit, counter, describe_counter, describe_histogram, histogram};

const CALLS: &str = "frontdesk_conversation_model_calls_total";
const SECONDS: &str = "frontdesk_conversation_model_seconds";

/// Says what the metrics of turns mean. Once, at start.
pub fn describe() {
    describe_counter!(CALLS, Unit::Count, "Attempts at a model, by endpoint and outcome");
    describe_histogram!(SECONDS, Unit::Seconds, "Time one attempt at a model took, by endpoint");
}

pub(super) fn model_attempt(endpoint: &str, outcome: &'static str, took: Duration) {
    counter!(CALLS, "endpoint" => endpoint.to_owned(), "outcome" => outcome).increment(1);
    histogram!(SECONDS, "endpoint" => endpoint.to_owned()).record(took.as_secs_f64());
}
