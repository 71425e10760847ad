use std::fmt::Display;

use thiserror::Error;

/// Why the store has no answer.
#[derive(Debug, Error)]
pub enum Error {
    /// The database did not do it.
    #[error("the database did not do it")]
    Database(#[from] sqlx::Error),
    /// A row holds what no code of ours writes.
    #[error("{table} {id}: {column} holds {found:?}, which cannot be")]
    Impossible {
        /// In which table.
        table: &'static str,
        /// In which row.
        id: String,
        /// In which column.
        column: &'static str,
        /// What stands there; never a customer's data.
        found: String,
    },
}

impl Error {
    pub(crate) fn impossible(
        table: &'static str,
        id: impl Display,
        column: &'static str,
        found: impl Display,
    ) -> Self {
        Self::Impossible { table, id: id.to_string(), column, found: found.to_string() }
    }

    /// What can be done about it.
    pub fn class(&self) -> postgres::Class {
        match self {
            Self::Database(error) => postgres::classify(error),
            Self::Impossible { .. } => postgres::Class::Bug,
        }
    }
}
