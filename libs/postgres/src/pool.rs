use std::str::FromStr;
use std::time::Duration;

use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::{AssertSqlSafe, ConnectOptions, Connection, PgConnection, PgPool};

use crate::Error;

/// A transaction that waits for anything but SQL blocks others; the server ends it.
const IDLE_IN_TRANSACTION: Duration = Duration::from_secs(2);
/// Longer than any statement of a service; short enough that a stuck one does not hold a connection for ever.
const STATEMENT: Duration = Duration::from_secs(30);
/// How long a caller waits for a free connection.
const ACQUIRE: Duration = Duration::from_secs(5);

/// After so long without use a connection is asked whether it still lives.
const RESTED: Duration = Duration::from_secs(2);

/// Opens a pool with the usual limits. `purpose` appears in the server's list of connections.
pub async fn connect(
    database: &settings::Database,
    schema: &'static str,
    purpose: &'static str,
) -> Result<PgPool, Error> {
    Pool::new(schema, purpose).connect(database).await
}

/// A pool that is about to be opened. Its connections act as the role `<schema>_app`.
#[derive(Debug, Clone)]
pub struct Pool {
    schema: &'static str,
    purpose: &'static str,
    lock_timeout: Option<Duration>,
    statement_timeout: Duration,
    acquire_timeout: Duration,
    max_connections: Option<u32>,
}

impl Pool {
    /// A pool with the usual limits.
    pub fn new(schema: &'static str, purpose: &'static str) -> Self {
        Self {
            schema,
            purpose,
            lock_timeout: None,
            statement_timeout: STATEMENT,
            acquire_timeout: ACQUIRE,
            max_connections: None,
        }
    }

    /// How long a statement waits for a row or table lock; without it, as long as a statement may take.
    #[must_use]
    pub fn lock_timeout(mut self, limit: Duration) -> Self {
        self.lock_timeout = Some(limit);
        self
    }

    /// How long a statement may take; 30 s unless set.
    #[must_use]
    pub fn statement_timeout(mut self, limit: Duration) -> Self {
        self.statement_timeout = limit;
        self
    }

    /// How long a caller waits for a free connection; 5 s unless set.
    #[must_use]
    pub fn acquire_timeout(mut self, limit: Duration) -> Self {
        self.acquire_timeout = limit;
        self
    }

    /// The most connections of this pool, if not what the configuration says.
    #[must_use]
    pub fn max_connections(mut self, connections: u32) -> Self {
        self.max_connections = Some(connections);
        self
    }

    /// Tries one connection, so that a wrong address or a missing role is known at once, and makes the pool.
    pub async fn connect(&self, database: &settings::Database) -> Result<PgPool, Error> {
        let options = options(database)?.application_name(&format!("{} {}", self.schema, self.purpose));
        let setup = self.setup();
        // Not by the pool: it would try again until its time is up, and then only say that it is.
        tokio::time::timeout(self.acquire_timeout, probe(&options, &setup))
            .await
            .unwrap_or_else(|_| Err(std::io::Error::from(std::io::ErrorKind::TimedOut).into()))
            .map_err(|source| Error::connect(place(&options), source))?;
        Ok(PgPoolOptions::new()
            .max_connections(self.max_connections.unwrap_or(database.max_connections))
            .acquire_timeout(self.acquire_timeout)
            .after_connect(move |connection, _| {
                let setup = setup.clone();
                Box::pin(async move { prepare(connection, setup).await })
            })
            // Asking every connection whether it lives costs a round trip per use; only one that rested may have died
            // unnoticed, and a statement on a dead one fails as unavailable, which callers handle anyway.
            .test_before_acquire(false)
            .before_acquire(|connection, rested| {
                Box::pin(async move {
                    if rested.idle_for > RESTED {
                        connection.ping().await?;
                    }
                    Ok(true)
                })
            })
            .connect_lazy_with(options))
    }

    /// One round trip per new connection. Every statement of a service looks up a handful of rows by key: plans made
    /// while the tables were still small, and kept by the functions, must not read whole tables when they have grown.
    /// Rows are priced like pages: a full walk through the index of what is undone or open looked cheaper than ten look-ups
    /// while little was, and was then made for every turn of a flood. At such prices every plan looks dear enough to be compiled or
    /// shared among processes, which takes longer than a few look-ups.
    /// A transaction whose connection was cut within a message is neither idle nor a statement: the last limit ends it.
    /// And plans are kept: for batches of one, PostgreSQL held a new plan for cheaper than the kept one, and planned every
    /// statement of the functions on a message's way every time. Lists with filters that may be missing go through
    /// [`crate::browse`]. The names are constants of this program.
    fn setup(&self) -> String {
        let Self { schema, statement_timeout, .. } = self;
        let lock = self.lock_timeout.map_or(0, |limit| limit.as_millis());
        format!(
            "set role {schema}_app; set lock_timeout = {lock}; set statement_timeout = {}; \
             set idle_in_transaction_session_timeout = {}; \
             set transaction_timeout = {}; \
             set enable_seqscan = off; set enable_hashjoin = off; set enable_mergejoin = off; \
             set cpu_tuple_cost = 1; set cpu_index_tuple_cost = 1; \
             set jit = off; set max_parallel_workers_per_gather = 0; \
             set plan_cache_mode = force_generic_plan",
            statement_timeout.as_millis(),
            IDLE_IN_TRANSACTION.as_millis(),
            (*statement_timeout + IDLE_IN_TRANSACTION).as_millis(),
        )
    }
}

async fn probe(options: &PgConnectOptions, setup: &str) -> Result<(), sqlx::Error> {
    let mut connection = options.connect().await?;
    prepare(&mut connection, setup.to_owned()).await?;
    connection.close().await
}

async fn prepare(connection: &mut PgConnection, setup: String) -> Result<(), sqlx::Error> {
    sqlx::raw_sql(AssertSqlSafe(setup)).execute(connection).await.map(drop)
}

/// Reads the address. The driver's own error is dropped, since it may quote the address.
pub(crate) fn options(database: &settings::Database) -> Result<PgConnectOptions, Error> {
    if database.url.is_empty() {
        return Err(Error::NoAddress);
    }
    PgConnectOptions::from_str(database.url.expose()).map_err(|_| Error::Address)
}

/// Where we connect to, without user and password.
pub(crate) fn place(options: &PgConnectOptions) -> String {
    let database = options.get_database().unwrap_or("(default database)");
    match options.get_socket() {
        Some(socket) => format!("{}/{database}", socket.display()),
        None => format!("{}:{}/{database}", options.get_host(), options.get_port()),
    }
}
