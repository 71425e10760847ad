//! The rows of schema `ingest`: one file per table.

pub mod channels;
pub mod quarantine;
pub mod repairs;
pub mod troubles;
