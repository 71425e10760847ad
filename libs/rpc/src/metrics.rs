use std::time::Duration;

use metrics::{Unit, describe_histogram, histogram};

const DURATION: &str = "frontdesk_rpc_server_duration_seconds";

/// Says what the metrics of this crate mean.
pub(crate) fn describe() {
    describe_histogram!(
        DURATION,
        Unit::Seconds,
        "Time from a call's arrival to the head of its answer, by method and status code"
    );
}

/// One answered call. `method` is one of the methods in our contracts, or "unknown".
pub(crate) fn answered(method: &'static str, code: &'static str, took: Duration) {
    histogram!(DURATION, "method" => method, "code" => code).record(took.as_secs_f64());
}
