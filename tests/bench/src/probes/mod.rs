//! What this machine can do at this moment, without any of our code: figures mean something only beside these.

mod commits;
mod disk;

use std::path::Path;
use std::time::Duration;

use serde::Serialize;

use crate::latency::millis;
pub use commits::one_client_commits;

/// The probes of a run.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Probes {
    /// F: one flush of 8 kB appended to a file beside the database's, median of a few hundred, in milliseconds. Measured
    /// before each phase; here the median of those.
    pub flush_ms: f64,
    /// P1: insert and commit of one client of the database, per second.
    pub commits_per_second: f64,
}

/// F of this moment, in milliseconds.
pub fn flush_ms(folder: &Path) -> anyhow::Result<f64> {
    disk::flushes(folder, 300).map(|latencies| millis(latencies.percentile(0.5)))
}

/// How long P1 takes.
pub const COMMITS_FOR: Duration = Duration::from_secs(2);
