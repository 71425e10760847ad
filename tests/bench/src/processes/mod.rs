//! CPU and memory of every process that takes part, read from /proc.

mod machine;
mod memory;
mod tree;
mod window;

use std::time::Instant;

use anyhow::Context as _;

pub use machine::cores;
pub use memory::Memory;
pub use window::{Cores, Window};

use machine::Machine;
use tree::Tree;

/// The processes that take part. The database's are a tree, since each session is one.
#[derive(Debug, Clone, Copy)]
pub struct Processes {
    /// This program: load, customers and provider.
    pub bench: u32,
    /// The five services.
    pub frontdesk: u32,
    /// The broker.
    pub nats: u32,
    /// The database server's first process.
    pub postgres: u32,
}

impl Processes {
    /// What all of them, and the machine, have used up to now.
    ///
    /// # Errors
    /// When one is gone, or this is not a Linux.
    pub fn cpu(self) -> anyhow::Result<Reading> {
        let machine = Machine::read()?;
        let tree = Tree::read()?;
        let of =
            |name: &str, root| tree.cpu(root).with_context(|| format!("{name} (process {root}) is gone"));
        Ok(Reading {
            at: Instant::now(),
            // Its children are measured by themselves.
            bench: tree.cpu_alone(self.bench).context("this process has no entry in /proc")?,
            frontdesk: of("frontdesk", self.frontdesk)?,
            nats: of("NATS", self.nats)?,
            postgres: of("PostgreSQL", self.postgres)?,
            machine,
        })
    }

    /// What all of them hold now.
    ///
    /// # Errors
    /// When one is gone.
    pub fn memory(self) -> anyhow::Result<Memory> {
        let tree = Tree::read()?;
        Ok(Memory {
            bench_mb: memory::proportional_mb(&[self.bench])?,
            frontdesk_mb: memory::proportional_mb(&tree.members(self.frontdesk))?,
            frontdesk_peak_mb: memory::peak_mb(self.frontdesk)?,
            nats_mb: memory::proportional_mb(&tree.members(self.nats))?,
            postgres_mb: memory::proportional_mb(&tree.members(self.postgres))?,
        })
    }
}

/// CPU used since each process started, in ticks.
#[derive(Debug, Clone, Copy)]
pub struct Reading {
    at: Instant,
    bench: u64,
    frontdesk: u64,
    nats: u64,
    postgres: u64,
    machine: Machine,
}

impl Reading {
    /// What was used between this reading and a later one.
    pub fn until(&self, later: &Self) -> Window {
        Window::between(self, later)
    }
}
