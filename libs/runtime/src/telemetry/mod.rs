//! Logs and metrics of a process.

mod as_json;
mod json;
mod recorder;

use anyhow::Context;
use settings::{LogFormat, Telemetry};
use tracing_subscriber::EnvFilter;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

pub use as_json::as_json;
pub use json::JsonLines;
pub use recorder::render as render_metrics;

/// Starts logging to standard output and collecting metrics. Call once, inside the tokio runtime.
pub fn init(telemetry: &Telemetry) -> anyhow::Result<()> {
    let filter = EnvFilter::try_new(&telemetry.log)
        .context("telemetry.log is not a list of tracing directives such as \"info,delivery=debug\"")?;
    let lines = tracing_subscriber::registry().with(filter);
    match telemetry.format {
        LogFormat::Json => lines.with(JsonLines::new(std::io::stdout)).try_init(),
        LogFormat::Text => lines.with(tracing_subscriber::fmt::layer()).try_init(),
    }
    .map_err(|error| anyhow::anyhow!("cannot start logging: {error}"))?;
    std::panic::set_hook(Box::new(log_panic));
    recorder::install()
}

/// A panic is a log line like any other, not a second format in between.
fn log_panic(panic: &std::panic::PanicHookInfo<'_>) {
    let place = panic.location().map(ToString::to_string).unwrap_or_default();
    let cause = panic.payload_as_str().unwrap_or_default();
    tracing::error!(place, cause, "panic");
}
