use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::Secret;

/// Where a secret is kept: `env:NAME` or `file:/absolute/path`. Safe to store and to print.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum SecretRef {
    /// An environment variable of the process that needs the secret.
    Env(String),
    /// A file; a line break at its end does not belong to the secret.
    File(PathBuf),
}

/// Why a secret is not there. Never contains a value.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum SecretRefError {
    /// The text is not a reference. It is not repeated, since it may be the secret itself.
    #[error("not a reference to a secret: write env:NAME or file:/absolute/path, never the secret itself")]
    Form,
    /// The variable is missing, empty or not text.
    #[error("environment variable {0} is not set; set it where this process starts")]
    Env(String),
    /// The file cannot be read or is not text.
    #[error("cannot read the secret file {path}: {source}", path = path.display())]
    File {
        /// Which file.
        path: PathBuf,
        /// Why not.
        source: std::io::Error,
    },
    /// The file is there but holds nothing.
    #[error("the secret file {path} is empty", path = .0.display())]
    EmptyFile(PathBuf),
}

impl SecretRef {
    /// Fetches the secret. Reads the environment or the file anew each time, so that a rotated secret is found.
    pub fn resolve(&self) -> Result<Secret, SecretRefError> {
        match self {
            Self::Env(name) => match std::env::var(name) {
                Ok(value) if !value.is_empty() => Ok(value.into()),
                _ => Err(SecretRefError::Env(name.clone())),
            },
            Self::File(path) => {
                let text = std::fs::read_to_string(path)
                    .map_err(|source| SecretRefError::File { path: path.clone(), source })?;
                let value = text.trim_end_matches(['\r', '\n']);
                if value.is_empty() {
                    return Err(SecretRefError::EmptyFile(path.clone()));
                }
                Ok(value.into())
            }
        }
    }
}

impl FromStr for SecretRef {
    type Err = SecretRefError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if let Some(name) = text.strip_prefix("env:") {
            let letters = name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
            if letters && !name.is_empty() && !name.starts_with(|c: char| c.is_ascii_digit()) {
                return Ok(Self::Env(name.to_owned()));
            }
        } else if let Some(path) = text.strip_prefix("file:")
            && path.starts_with('/')
        {
            return Ok(Self::File(path.into()));
        }
        Err(SecretRefError::Form)
    }
}

impl TryFrom<String> for SecretRef {
    type Error = SecretRefError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<SecretRef> for String {
    fn from(reference: SecretRef) -> Self {
        reference.to_string()
    }
}

impl fmt::Display for SecretRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Env(name) => write!(f, "env:{name}"),
            Self::File(path) => write!(f, "file:{}", path.display()),
        }
    }
}
