use sqlx::migrate::MigrateError;
use thiserror::Error;

/// Why the database cannot be used. Says what to do next; never contains a URL, which may hold a password.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum Error {
    /// `database.url` is empty.
    #[error("database.url is not set; give the address of a PostgreSQL 18 in FRONTDESK_DATABASE__URL")]
    NoAddress,
    /// `database.url` cannot be read.
    #[error("database.url is not an address; write postgres://user:password@host:port/database")]
    Address,
    /// Nobody answers, or the server refuses us.
    #[error("cannot connect to PostgreSQL at {place}; {advice}")]
    Connect {
        /// Host, port and database.
        place: String,
        /// What to look at.
        advice: &'static str,
        /// What happened.
        source: sqlx::Error,
    },
    /// The server is too old.
    #[error("PostgreSQL {found} is too old; use 18 or newer")]
    Version {
        /// What the server calls itself.
        found: String,
    },
    /// A schema or role could not be made.
    #[error(
        "cannot prepare schemas and roles; the migrating user must own the database and may need CREATEROLE, \
         or create the roles beforehand"
    )]
    Roles(#[source] sqlx::Error),
    /// A migration failed; it was rolled back.
    #[error("migrating schema {schema} failed and was rolled back; mend the cause and run migrate again")]
    Migrate {
        /// Which schema.
        schema: &'static str,
        /// What happened.
        source: MigrateError,
    },
    /// A template and a migration of a schema share a version number, or the name is not a known schema.
    #[error("schema {schema} is declared wrongly: {problem}")]
    Schema {
        /// Which schema.
        schema: &'static str,
        /// What is wrong with it.
        problem: String,
    },
    /// The ledger of a schema could not be read.
    #[error("cannot read which migrations schema {schema} has; run migrate, then start again")]
    Ledger {
        /// Which schema.
        schema: &'static str,
        /// What happened.
        source: sqlx::Error,
    },
    /// A migration was changed after it had run here.
    #[error(
        "migration {version} of schema {schema} was changed after it ran on this database; \
         deploy the program that ran it, and put the change into a new migration"
    )]
    Changed {
        /// Which schema.
        schema: &'static str,
        /// The migration's number.
        version: i64,
    },
}

impl Error {
    /// Whether waiting may help: the server is starting, restarting or full.
    pub fn is_temporary(&self) -> bool {
        match self {
            Self::Connect { source, .. } | Self::Roles(source) | Self::Ledger { source, .. } => {
                crate::classify(source) == crate::Class::Unavailable
            }
            Self::Migrate { source: MigrateError::Execute(source), .. }
            | Self::Migrate { source: MigrateError::ExecuteMigration(source, _), .. } => {
                crate::classify(source) == crate::Class::Unavailable
            }
            _ => false,
        }
    }

    pub(crate) fn connect(place: String, source: sqlx::Error) -> Self {
        let code = source.as_database_error().and_then(|database| database.code());
        let advice = match code.as_deref() {
            Some("28P01" | "28000") => "check user and password in database.url",
            Some("3D000") => "create the database, or correct its name in database.url",
            Some("53300") => "the server has no connection left: raise its max_connections or lower ours",
            Some("22023" | "42704" | "42501") => {
                "run migrate first: the service's role is missing or not granted"
            }
            _ => "check that it runs and that database.url points to it",
        };
        Self::Connect { place, advice, source }
    }
}
