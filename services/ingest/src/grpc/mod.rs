//! `frontdesk.ingest.v1`.

mod convert;
mod intake;
mod quarantine;
mod troubles;

pub use intake::IntakeStatistics;
pub use quarantine::Quarantine;
pub use troubles::Troubles;
