//! As many full loops as it can bear.

use std::time::Duration;

use serde::Serialize;

use super::{Bench, PATIENCE};
use crate::counters::{PerLoop, Statement};
use crate::latency::Summary;
use crate::load::{Flow, drain, saturate};
use crate::processes::{Memory, Window};

/// Until the queues are as full as they get.
const RAMP: Duration = Duration::from_secs(2);

/// What is possible at most, and what it costs.
#[derive(Debug, Clone, Serialize)]
pub struct Saturated {
    /// Loops under way at most.
    pub in_flight: u64,
    /// Customers who wrote again and again; 0: each loop was of somebody new.
    pub returning: usize,
    /// Loops that ended with their last receipt, per second.
    pub loops_per_second: f64,
    /// CPU.
    pub window: Window,
    /// CPU of all processes per loop, in microseconds.
    pub micros_per_loop: f64,
    /// Whose it was.
    pub parts: Parts,
    /// Counters, over the whole phase.
    pub per_loop: Option<PerLoop>,
    /// The statements that took most of the database's time, if asked for.
    pub statements: Vec<Statement>,
    /// From the webhook's call to its answer.
    pub webhook: Summary,
    /// From the webhook's call to the provider's.
    pub provider: Summary,
    /// Memory at the end, while it still ran.
    pub memory: Memory,
    /// F just before.
    pub flush_ms: f64,
    /// Whether everybody got everything.
    pub complete: bool,
}

/// CPU per loop or message, in microseconds.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct Parts {
    pub bench: f64,
    pub frontdesk: f64,
    pub nats: f64,
    pub postgres: f64,
}

impl Parts {
    pub(super) fn of(window: &Window, loops: u64) -> Self {
        let part = |cores| window.part_per(cores, loops);
        let cores = window.cores;
        Self {
            bench: part(cores.bench),
            frontdesk: part(cores.frontdesk),
            nats: part(cores.nats),
            postgres: part(cores.postgres),
        }
    }
}

impl Bench {
    /// Keeps as many loops going as `flow` says, and measures `length` of it. Lists so many `statements`.
    pub async fn saturated(
        &mut self,
        flow: Flow,
        length: Duration,
        statements: u32,
    ) -> anyhow::Result<Saturated> {
        let flush_ms = self.flush_ms()?;
        let loops_before = self.world.loops();
        self.meters.watch_statements(statements).await?;
        let before = Some(self.tally().await?);
        let first = self.world.customers.count();
        let world = self.world.clone();
        let (load, measured) =
            tokio::join!(saturate(&world, flow, RAMP + length), self.in_the_middle(length));
        load?;
        let (window, loops, memory) = measured?;
        let complete = drain(&self.world, PATIENCE).await;
        let who = first..self.world.customers.count();
        let all_loops = self.world.loops() - loops_before;
        Ok(Saturated {
            in_flight: flow.in_flight,
            returning: flow.returning,
            loops_per_second: loops as f64 / window.seconds,
            window,
            micros_per_loop: window.micros_per(loops),
            parts: Parts::of(&window, loops),
            webhook: self.world.customers.acceptance(who.clone()).summary(),
            provider: self.world.customers.reach(who).summary(),
            per_loop: self.counted(before).await?,
            statements: self.meters.statements(statements, all_loops).await?,
            memory,
            flush_ms,
            complete,
        })
    }

    async fn in_the_middle(&self, length: Duration) -> anyhow::Result<(Window, u64, Memory)> {
        tokio::time::sleep(RAMP).await;
        let (cpu, loops) = (self.processes.cpu()?, self.world.loops());
        tokio::time::sleep(length).await;
        let (window, loops) = (cpu.until(&self.processes.cpu()?), self.world.loops() - loops);
        Ok((window, loops, self.processes.memory()?))
    }
}
