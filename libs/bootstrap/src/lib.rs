#![doc = include_str!("../README.md")]

mod file;
mod finish;
mod raw;

use std::path::Path;

pub use file::{Agent, Channel, File, Holiday, Hours, Reminders, Service, Staff, Tenant};

/// The section `[bootstrap]` of the configuration.
pub const DEFAULTS: &str = include_str!("../defaults.toml");

/// What is wrong with the file.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// It cannot be read.
    #[error("cannot read the bootstrap file {path}; check bootstrap.file")]
    Read {
        /// Which file.
        path: String,
        /// Why not.
        #[source]
        source: std::io::Error,
    },
    /// It is not TOML, or holds something that is not known.
    #[error("the bootstrap file cannot be understood: {0}")]
    Form(#[source] Box<toml::de::Error>),
    /// A value is wrong.
    #[error("the bootstrap file: {path} {problem}; {remedy}")]
    Value {
        /// Where, such as `tenant[0].channel[1].provider`.
        path: String,
        /// What is wrong.
        problem: String,
        /// What to write instead.
        remedy: String,
    },
}

/// Reads the file at `path`.
///
/// # Errors
/// [`Error`], which names the place.
pub fn read(path: &Path) -> Result<File, Error> {
    let text = std::fs::read_to_string(path)
        .map_err(|source| Error::Read { path: path.display().to_string(), source })?;
    parse(&text)
}

/// Reads a file's text.
///
/// # Errors
/// [`Error`], which names the place.
pub fn parse(text: &str) -> Result<File, Error> {
    let raw: raw::File = toml::from_str(text).map_err(|error| Error::Form(Box::new(error)))?;
    finish::file(raw)
}

#[cfg(test)]
mod tests;
