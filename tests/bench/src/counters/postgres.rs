//! PostgreSQL's own counters.

use std::path::PathBuf;
use std::str::FromStr as _;

use anyhow::Context as _;
use sqlx::postgres::PgConnectOptions;
use sqlx::{ConnectOptions as _, PgConnection};

/// Since the server started.
#[derive(Debug, Clone, Copy, PartialEq, Eq, sqlx::FromRow)]
pub struct PostgresCounters {
    #[sqlx(try_from = "i64")]
    pub commits: u64,
    #[sqlx(try_from = "i64")]
    pub rollbacks: u64,
    #[sqlx(try_from = "i64")]
    pub wal_flushes: u64,
    #[sqlx(try_from = "i64")]
    pub wal_bytes: u64,
}

const COUNTERS: &str = "
    select xact_commit as commits, xact_rollback as rollbacks,
           (select coalesce(sum(fsyncs), 0)::bigint from pg_stat_io where object = 'wal') as wal_flushes,
           (select wal_bytes::bigint from pg_stat_wal) as wal_bytes
    from pg_stat_database where datname = current_database()";

/// A session for looking, not for working.
#[derive(Debug)]
pub struct Database(PgConnection);

impl Database {
    pub async fn connect(url: &str) -> anyhow::Result<Self> {
        let options = PgConnectOptions::from_str(url).context("the database's URL cannot be read")?;
        Ok(Self(options.application_name("bench").connect().await.context("cannot reach the database")?))
    }

    pub async fn read(&mut self) -> anyhow::Result<PostgresCounters> {
        sqlx::query_as(COUNTERS).fetch_one(&mut self.0).await.context("cannot read the database's counters")
    }

    /// The session itself.
    pub fn session(&mut self) -> &mut PgConnection {
        &mut self.0
    }

    pub async fn data_folder(&mut self) -> anyhow::Result<PathBuf> {
        let folder: String = sqlx::query_scalar("show data_directory").fetch_one(&mut self.0).await?;
        Ok(folder.into())
    }

    /// The last rung of the ladder is four.
    pub async fn booked_as_read(&mut self) -> anyhow::Result<u64> {
        let counted: i64 = sqlx::query_scalar(
            "select count(*) from delivery.receipt where rank = 4 and message_id is not null",
        )
        .fetch_one(&mut self.0)
        .await
        .context("cannot count the receipts that were booked")?;
        Ok(u64::try_from(counted)?)
    }
}
