use std::time::Duration;

use sqlx::PgPool;

use crate::{Error, Pool};

/// How long the server may take to answer.
const ANSWER: Duration = Duration::from_secs(3);

/// Asks whether the server answers. On a connection of its own: a busy pool is not a server that is away.
#[derive(Debug, Clone)]
pub struct Probe(PgPool);

impl Probe {
    /// Opens the connection.
    ///
    /// # Errors
    /// If the server cannot be reached now.
    pub async fn open(database: &settings::Database, schema: &'static str) -> Result<Self, Error> {
        let pool = Pool::new(schema, "probe")
            .max_connections(1)
            .acquire_timeout(ANSWER)
            .statement_timeout(ANSWER)
            .connect(database)
            .await?;
        Ok(Self(pool))
    }

    /// Asks once.
    ///
    /// # Errors
    /// What the driver said; [`sqlx::Error::PoolTimedOut`] when nobody answered in time.
    pub async fn ask(&self) -> Result<(), sqlx::Error> {
        let ask = sqlx::query("select 1").execute(&self.0);
        tokio::time::timeout(ANSWER, ask).await.unwrap_or(Err(sqlx::Error::PoolTimedOut)).map(drop)
    }
}
