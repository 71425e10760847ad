//! Logs and metrics of a process.

use std::sync::OnceLock;
use std::time::Duration;

use anyhow::Context;
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};
use settings::{LogFormat, Telemetry};
use tracing_subscriber::EnvFilter;

/// Upper bounds in seconds: 1 ms to 60 s, finer where a person notices the difference.
const SECONDS: [f64; 16] =
    [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 20.0, 30.0, 60.0];
/// How often histograms are emptied into their buckets; without it they grow while nobody scrapes.
const UPKEEP: Duration = Duration::from_secs(5);

static RECORDER: OnceLock<PrometheusHandle> = OnceLock::new();

/// Starts logging to standard output and collecting metrics. Call once, inside the tokio runtime.
pub fn init(telemetry: &Telemetry) -> anyhow::Result<()> {
    let filter = EnvFilter::try_new(&telemetry.log)
        .context("telemetry.log is not a list of tracing directives such as \"info,delivery=debug\"")?;
    let lines = tracing_subscriber::fmt().with_env_filter(filter);
    match telemetry.format {
        LogFormat::Json => lines.json().flatten_event(true).try_init(),
        LogFormat::Text => lines.try_init(),
    }
    .map_err(|error| anyhow::anyhow!("cannot start logging: {error}"))?;
    let recorder = PrometheusBuilder::new()
        .set_buckets(&SECONDS)
        .and_then(PrometheusBuilder::install_recorder)
        .context("cannot start collecting metrics")?;
    tokio::spawn(upkeep(recorder.clone()));
    RECORDER.set(recorder).map_err(|_| anyhow::anyhow!("metrics were started twice"))
}

async fn upkeep(recorder: PrometheusHandle) {
    let mut tick = tokio::time::interval(UPKEEP);
    loop {
        tick.tick().await;
        recorder.run_upkeep();
    }
}

/// All metrics of the process in Prometheus' text format; empty before [`init`].
pub fn render_metrics() -> String {
    RECORDER.get().map(PrometheusHandle::render).unwrap_or_default()
}
