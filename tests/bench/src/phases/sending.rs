//! The way out alone: enqueue, intent, call, settlement. No webhook, no turn, no receipt.

use serde::Serialize;

use super::{Bench, PATIENCE, Parts};
use crate::counters::{PerLoop, Statement};
use crate::load::{answered, enqueue};
use crate::processes::Window;

/// What sending costs at most speed.
#[derive(Debug, Clone, Serialize)]
pub struct Sending {
    /// How many were said.
    pub messages: usize,
    /// From the first enqueue to the last call of the provider.
    pub per_second: f64,
    /// CPU.
    pub window: Window,
    /// CPU of all processes per message, in microseconds.
    pub micros_per_message: f64,
    /// Whose it was.
    pub parts: Parts,
    /// Counters.
    pub per_message: Option<PerLoop>,
    /// The statements that took most of the database's time, if asked for.
    pub statements: Vec<Statement>,
    /// F just before.
    pub flush_ms: f64,
    /// Whether everybody got everything.
    pub complete: bool,
}

impl Bench {
    /// Says so many `messages` as fast as they can be handed over and sent. Lists so many `statements`.
    pub async fn sending(
        &mut self,
        database_url: &str,
        messages: usize,
        statements: u32,
    ) -> anyhow::Result<Sending> {
        let flush_ms = self.flush_ms()?;
        self.meters.watch_statements(statements).await?;
        let counts = self.meters.read().await?;
        let without = self.world.without_receipts();
        let cpu = self.processes.cpu()?;
        enqueue(&self.world.customers, database_url, messages).await?;
        let complete = answered(&self.world, PATIENCE).await;
        let window = cpu.until(&self.processes.cpu()?);
        // What still settles is counted with the rest.
        let later = self.meters.read().await?;
        self.world.with_receipts(without);
        let number = messages as u64;
        Ok(Sending {
            messages,
            per_second: messages as f64 / window.seconds,
            window,
            micros_per_message: window.micros_per(number),
            parts: Parts::of(&window, number),
            per_message: counts.per_loop(&later, number),
            statements: self.meters.statements(statements, number).await?,
            flush_ms,
            complete,
        })
    }
}
