use std::sync::OnceLock;
use std::time::Duration;

use anyhow::Context;
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};

/// Upper bounds in seconds: 1 ms to 60 s, finer where a person notices the difference.
const SECONDS: [f64; 16] =
    [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 20.0, 30.0, 60.0];
/// Upper bounds of everything that is counted or weighed instead of timed, such as the size of a batch.
const AMOUNTS: [f64; 12] =
    [1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 128.0, 256.0, 1024.0, 16_384.0, 1_048_576.0];
/// How often what histograms gathered is put into buckets; without it they grow while nobody scrapes.
const UPKEEP: Duration = Duration::from_secs(5);

static RECORDER: OnceLock<PrometheusHandle> = OnceLock::new();

/// Installs the one recorder of the process.
pub(super) fn install() -> anyhow::Result<()> {
    let recorder = PrometheusBuilder::new()
        .set_buckets(&AMOUNTS)
        .and_then(|builder| builder.set_buckets_for_metric(Matcher::Suffix("_seconds".to_owned()), &SECONDS))
        .and_then(PrometheusBuilder::install_recorder)
        .context("cannot start collecting metrics")?;
    tokio::spawn(upkeep(recorder.clone()));
    RECORDER.set(recorder).map_err(|_| anyhow::anyhow!("metrics were started twice"))?;
    metrics::describe_gauge!("frontdesk_build_info", "Always 1; the label says which version runs");
    metrics::gauge!("frontdesk_build_info", "version" => env!("CARGO_PKG_VERSION")).set(1.0);
    Ok(())
}

async fn upkeep(recorder: PrometheusHandle) {
    let mut tick = tokio::time::interval(UPKEEP);
    loop {
        tick.tick().await;
        recorder.run_upkeep();
    }
}

/// All metrics of the process in Prometheus' text format; empty before [`super::init`].
pub fn render() -> String {
    RECORDER.get().map(PrometheusHandle::render).unwrap_or_default()
}
