//! Other services' gRPC.

mod files;

pub use files::{Fetched, Files, FilesError, Wanted};
