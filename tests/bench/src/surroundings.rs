//! The servers that `cargo xtask bench` started for this run.

use std::path::PathBuf;

use anyhow::Context as _;

/// Where they are, and which processes they are.
#[derive(Clone)]
pub struct Surroundings {
    /// An empty database, whose user may do everything.
    pub database_url: String,
    /// A broker.
    pub nats_url: String,
    /// Its figures over HTTP.
    pub nats_monitor: String,
    /// The broker's process.
    pub nats_pid: u32,
    /// The database server's first process; the others descend from it.
    pub postgres_pid: u32,
    /// The folder of the release builds.
    pub programs: PathBuf,
}

impl Surroundings {
    /// Reads them from the environment.
    ///
    /// # Errors
    /// When one is missing, which means that this was not started by `cargo xtask bench`.
    pub fn from_environment() -> anyhow::Result<Self> {
        let variable = |name: &str| {
            std::env::var(name)
                .with_context(|| format!("{name} is not set; start this with `cargo xtask bench`"))
        };
        let pid = |name: &str| {
            variable(name)?.parse().with_context(|| format!("{name} must be the number of a process"))
        };
        Ok(Self {
            database_url: variable("FRONTDESK_DATABASE__URL")?,
            nats_url: variable("FRONTDESK_NATS__URL")?,
            nats_monitor: variable("FRONTDESK_BENCH_NATS_MONITOR")?,
            nats_pid: pid("FRONTDESK_BENCH_NATS_PID")?,
            postgres_pid: pid("FRONTDESK_BENCH_POSTGRES_PID")?,
            programs: variable("FRONTDESK_BENCH_PROGRAMS")?.into(),
        })
    }
}
