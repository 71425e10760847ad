//! What is measured, in this order. Each phase leaves nothing under way.

mod idle;
mod saturated;
mod sending;
mod steady;
mod warm_up;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

pub use idle::Idle;
pub use saturated::{Parts, Saturated};
pub use sending::Sending;
pub use steady::SteadyRate;

use crate::counters::{Counts, Meters, PerLoop};
use crate::probes;
use crate::processes::Processes;
use crate::world::World;

/// How long nothing may happen before what is missing counts as lost. Longer than the pause after which the provider
/// calls a webhook again that refused.
const PATIENCE: Duration = Duration::from_secs(20);

/// What all phases need.
pub struct Bench {
    /// Customers and provider.
    pub world: Arc<World>,
    /// Whose CPU and memory count.
    pub processes: Processes,
    /// Counters of database and broker.
    pub meters: Meters,
    /// Where to measure the disk: beside the database's files.
    pub disk: PathBuf,
}

impl Bench {
    fn flush_ms(&self) -> anyhow::Result<f64> {
        probes::flush_ms(&self.disk)
    }

    /// What was counted per loop since `before`; with an idle wait of ten seconds, for the sake of the counters.
    async fn counted(&mut self, before: Option<Tally>) -> anyhow::Result<Option<PerLoop>> {
        let Some(before) = before else { return Ok(None) };
        let after = self.tally().await?;
        Ok(before.counts.per_loop(&after.counts, after.loops - before.loops))
    }

    async fn tally(&mut self) -> anyhow::Result<Tally> {
        Ok(Tally { counts: self.meters.read().await?, loops: self.world.loops() })
    }
}

/// Counters at a moment when nothing was under way.
struct Tally {
    counts: Counts,
    loops: u64,
}
