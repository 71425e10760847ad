//! What a failed call means for the events in it.

use postgres::{Class, classify};

/// Why a call stored nothing that we know of.
#[derive(Debug, thiserror::Error)]
pub enum CallError {
    /// Something in it can never be stored. The others may be fine.
    #[error("an event cannot be stored ({0})")]
    Data(String),
    /// Others were in the way: a lock, a deadlock, the same row at the same time.
    #[error("another transaction was in the way ({0})")]
    InTheWay(String),
    /// The database did not answer, or not in time, or its answer to the COMMIT was lost: whether anything was stored is
    /// unknown, and the provider must send it again. Deduplication makes that harmless.
    #[error("the database does not answer ({0})")]
    Unavailable(String),
}

impl From<sqlx::Error> for CallError {
    fn from(error: sqlx::Error) -> Self {
        let code = error.as_database_error().and_then(|database| database.code()).map(String::from);
        // Codes and kinds only: the server's texts quote values.
        let what = code.clone().map_or_else(|| kind(&error).to_owned(), |code| format!("SQLSTATE {code}"));
        match (code.as_deref(), classify(&error)) {
            // A lock timeout concerns who touched the locked row, not everybody in the batch.
            (Some("55P03"), _) | (_, Class::Conflict) => Self::InTheWay(what),
            // Raised by a receiver's function about what it was given.
            (Some("P0001"), _) | (_, Class::Data) => Self::Data(what),
            (_, Class::Unavailable) => Self::Unavailable(what),
            (_, Class::Bug) => {
                tracing::error!(
                    cause = what,
                    "a receiver's function cannot be called; run migrate with this version"
                );
                Self::Unavailable(what)
            }
        }
    }
}

fn kind(error: &sqlx::Error) -> &'static str {
    match error {
        sqlx::Error::PoolTimedOut => "no free connection",
        sqlx::Error::PoolClosed => "shutting down",
        sqlx::Error::Io(_) => "connection lost",
        sqlx::Error::Protocol(_) => "broken answer",
        sqlx::Error::Encode(_) => "not encodable",
        _ => "driver error",
    }
}
