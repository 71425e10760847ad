//! `frontdesk.ingest.v1`.

mod convert;
mod intake;
mod quarantine;

pub use intake::IntakeStatistics;
pub use quarantine::Quarantine;
