use std::time::Duration;

use metrics::{Unit, describe_histogram, histogram};

const HTTP_DURATION: &str = "frontdesk_http_server_duration_seconds";
const DURATION: &str = "frontdesk_rpc_server_duration_seconds";

/// Says what the metrics of this crate mean.
pub(crate) fn describe() {
    describe_histogram!(
        DURATION,
        Unit::Seconds,
        "Time from a call's arrival to the head of its answer, by method and status code"
    );
    describe_histogram!(
        HTTP_DURATION,
        Unit::Seconds,
        "Time from a request's arrival to the head of its answer, by route and status"
    );
}

/// One answered call. `method` is one of the methods in our contracts, or "unknown".
pub(crate) fn answered(method: &'static str, code: &'static str, took: Duration) {
    histogram!(DURATION, "method" => method, "code" => code).record(took.as_secs_f64());
}

/// One answered request. `route` is a pattern of ours, or "unknown".
pub(crate) fn answered_http(route: String, status: u16, took: Duration) {
    histogram!(HTTP_DURATION, "route" => route, "status" => status.to_string()).record(took.as_secs_f64());
}

#[cfg(test)]
mod tests {
    use metrics_exporter_prometheus::PrometheusBuilder;

    use super::*;

    #[test]
    fn a_call_is_measured_by_method_and_code() {
        let recorder = PrometheusBuilder::new().build_recorder();
        metrics::with_local_recorder(&recorder, || {
            describe();
            answered(
                "/frontdesk.work.v1.DeadItemService/GetDeadItem",
                "NOT_FOUND",
                Duration::from_millis(20),
            );
        });
        let text = recorder.handle().render();
        let labels = r#"method="/frontdesk.work.v1.DeadItemService/GetDeadItem",code="NOT_FOUND""#;
        assert!(text.contains(&format!("{DURATION}_count{{{labels}}} 1")), "{text}");
        assert!(text.contains(&format!("# HELP {DURATION} ")), "{text}");
    }
}
