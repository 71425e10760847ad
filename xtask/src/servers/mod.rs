//! NATS and PostgreSQL as we run them: for development, for tests and for measuring.

mod database_url;
pub mod http;
pub mod nats;
pub mod postgres;
mod unprivileged;

use std::path::{Path, PathBuf};

pub use database_url::DatabaseUrl;

use crate::process::PidFile;

/// Where a server's output goes, in the folder of the run it belongs to.
pub fn log(folder: &Path, name: &str) -> PathBuf {
    folder.join(format!("{}.log", name.to_lowercase()))
}

/// Where a server's process number is kept, in the folder of the run it belongs to.
pub fn pid_file(folder: &Path, name: &str) -> PidFile {
    PidFile::at(&folder.join(format!("{}.pid", name.to_lowercase())))
}
