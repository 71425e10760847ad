//! What the database and the broker counted themselves.

mod nats;
mod postgres;
mod statements;

use std::time::Duration;

use serde::Serialize;

pub use nats::NatsCounters;
pub use postgres::PostgresCounters;
pub use statements::Statement;

use nats::Broker;
use postgres::Database;

/// A database session reports what it counted after ten idle seconds at the latest.
const REPORTED: Duration = Duration::from_millis(10_500);

/// Reads both.
#[derive(Debug)]
pub struct Meters {
    database: Database,
    broker: Broker,
}

/// What both counted up to now.
#[derive(Debug, Clone, Copy)]
pub struct Counts {
    database: PostgresCounters,
    broker: NatsCounters,
}

/// What was counted per loop.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct PerLoop {
    /// Transactions committed.
    pub commits: f64,
    /// Transactions rolled back.
    pub rollbacks: f64,
    /// Flushes of the write-ahead log.
    pub wal_flushes: f64,
    /// Bytes of write-ahead log.
    pub wal_bytes: f64,
    /// Messages stored in JetStream.
    pub jetstream_publishes: f64,
    /// Messages of any kind that the broker received: acknowledgements and pulls too.
    pub broker_received: f64,
}

impl Meters {
    /// Connects to both.
    pub async fn connect(database_url: &str, monitor: &str) -> anyhow::Result<Self> {
        Ok(Self { database: Database::connect(database_url).await?, broker: Broker::at(monitor)? })
    }

    /// Reads both, once every session has reported.
    pub async fn read(&mut self) -> anyhow::Result<Counts> {
        tokio::time::sleep(REPORTED).await;
        Ok(Counts { database: self.database.read().await?, broker: self.broker.read().await? })
    }

    /// Starts to count what statements cost, if any are to be listed.
    pub async fn watch_statements(&mut self, number: u32) -> anyhow::Result<()> {
        if number == 0 { Ok(()) } else { statements::watch(self.database.session()).await }
    }

    /// The statements that took most time since then.
    pub async fn statements(&mut self, number: u32, loops: u64) -> anyhow::Result<Vec<Statement>> {
        if number == 0 {
            return Ok(Vec::new());
        }
        statements::most_expensive(self.database.session(), number, loops).await
    }

    /// Where the database keeps its files.
    pub async fn data_folder(&mut self) -> anyhow::Result<std::path::PathBuf> {
        self.database.data_folder().await
    }

    /// How many of our messages are known to have been read, as the database has it.
    pub async fn booked_as_read(&mut self) -> anyhow::Result<u64> {
        self.database.booked_as_read().await
    }
}

impl Counts {
    /// What was counted between this and a later reading, per loop.
    pub fn per_loop(&self, later: &Self, loops: u64) -> Option<PerLoop> {
        let per = |from: u64, to: u64| to.saturating_sub(from) as f64 / loops as f64;
        let (from, to) = (&self.database, &later.database);
        (loops > 0).then(|| PerLoop {
            commits: per(from.commits, to.commits),
            rollbacks: per(from.rollbacks, to.rollbacks),
            wal_flushes: per(from.wal_flushes, to.wal_flushes),
            wal_bytes: per(from.wal_bytes, to.wal_bytes),
            jetstream_publishes: per(self.broker.stored, later.broker.stored),
            broker_received: per(self.broker.received, later.broker.received),
        })
    }
}
