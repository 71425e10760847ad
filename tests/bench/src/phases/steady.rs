//! A constant rate of new customers.

use serde::Serialize;

use super::{Bench, PATIENCE};
use crate::counters::PerLoop;
use crate::latency::Summary;
use crate::load::{at_rate, drain};
use crate::options::Steady;
use crate::processes::Window;

/// What a constant rate costs, and how long customers wait.
#[derive(Debug, Clone, Serialize)]
pub struct SteadyRate {
    /// Webhooks per second.
    pub rate: u32,
    /// For how long.
    pub seconds: f64,
    /// From when a webhook was due to its answer of 2xx at the first call.
    pub webhook: Summary,
    /// From when a webhook was due to the call of the provider.
    pub provider: Summary,
    /// How late the load itself was. It is part of the two above.
    pub late: Summary,
    /// Webhooks that were not taken at the first call.
    pub refused: usize,
    /// CPU.
    pub window: Window,
    /// CPU of all processes per loop that ended, in microseconds.
    pub micros_per_loop: f64,
    /// Counters; none in a quick run.
    pub per_loop: Option<PerLoop>,
    /// F just before.
    pub flush_ms: f64,
    /// Whether everybody got everything.
    pub complete: bool,
}

impl Bench {
    /// Holds one rate. `counting` takes ten seconds more.
    pub async fn steady(&mut self, steady: Steady, counting: bool) -> anyhow::Result<SteadyRate> {
        let flush_ms = self.flush_ms()?;
        let before = if counting { Some(self.tally().await?) } else { None };
        let (cpu, loops) = (self.processes.cpu()?, self.world.loops());
        let who = at_rate(&self.world, steady.rate, steady.length).await?;
        let window = cpu.until(&self.processes.cpu()?);
        let loops = self.world.loops() - loops;
        let complete = drain(&self.world, PATIENCE).await;
        let customers = &self.world.customers;
        let webhook = customers.acceptance(who.clone()).summary();
        Ok(SteadyRate {
            rate: steady.rate,
            seconds: steady.length.as_secs_f64(),
            webhook,
            provider: customers.reach(who.clone()).summary(),
            late: customers.lateness(who.clone()).summary(),
            refused: who.len() - webhook.count,
            micros_per_loop: window.micros_per(loops),
            window,
            per_loop: self.counted(before).await?,
            flush_ms,
            complete,
        })
    }
}
