use std::fmt;
use std::path::PathBuf;

use thiserror::Error;

/// Everything that is wrong with a configuration, so that it can be mended in one go. Never contains a secret.
#[derive(Debug)]
pub struct Error(Vec<Problem>);

impl Error {
    /// What is wrong, in the order in which it was found; at least one.
    pub fn problems(&self) -> &[Problem] {
        &self.0
    }

    pub(crate) fn unless_empty(problems: Vec<Problem>) -> Result<(), Self> {
        if problems.is_empty() { Ok(()) } else { Err(Self(problems)) }
    }
}

impl From<Problem> for Error {
    fn from(problem: Problem) -> Self {
        Self(vec![problem])
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0.as_slice() {
            [only] => write!(f, "configuration: {only}"),
            many => {
                write!(f, "configuration: {} problems", many.len())?;
                many.iter().try_for_each(|problem| write!(f, "\n  - {problem}"))
            }
        }
    }
}

impl std::error::Error for Error {}

/// One thing that is wrong with a configuration. Says where, what and what to do; never repeats a value that could be a secret.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum Problem {
    /// A file could not be read.
    #[error("cannot read {}: {source}; check the path and its permissions", path.display())]
    Read {
        /// The file as it was named.
        path: PathBuf,
        /// Why not.
        source: std::io::Error,
    },
    /// A file is not TOML.
    #[error("{origin}, line {line}: not valid TOML: {message}")]
    Syntax {
        /// Which file.
        origin: String,
        /// Counted from 1.
        line: usize,
        /// The parser's words, without an excerpt of the file.
        message: String,
    },
    /// A key that no program of Frontdesk knows.
    #[error("unknown key {key} (from {origin}); {}", hint(nearest))]
    Unknown {
        /// The key's path.
        key: String,
        /// Which file or environment variable gave it.
        origin: String,
        /// The known key that looks most like it.
        nearest: Option<String>,
    },
    /// A value of another type than the key's default has.
    #[error("{key} must be {expected}, but {origin} gives {found}")]
    Type {
        /// The key's path.
        key: String,
        /// Which file or environment variable gave it.
        origin: String,
        /// What is wanted.
        expected: &'static str,
        /// What was given, as a type.
        found: &'static str,
    },
    /// A key was given both directly and by file.
    #[error("{key} is given twice, by {variable} and by {variable}_FILE; remove one of the two")]
    Twice {
        /// The key's path.
        key: String,
        /// The environment variable without `_FILE`.
        variable: String,
    },
    /// A file named by a `…_FILE` variable could not be read.
    #[error("{variable} names a file that cannot be read ({source}); check the path and its permissions")]
    ValueFile {
        /// The environment variable.
        variable: String,
        /// Why not.
        source: std::io::Error,
    },
    /// A value of the right type that makes no sense.
    #[error("{key} {problem} (from {origin})")]
    Value {
        /// The key's path.
        key: String,
        /// Which file or environment variable gave it.
        origin: String,
        /// What is wrong with it and what would be right.
        problem: String,
    },
    /// Two settings that must be the same are not.
    #[error(
        "{first} is {value} and {other_key} is {other}; they must be the same address, so give both the one that is right"
    )]
    Disagree {
        /// A key's path.
        first: String,
        /// What it says.
        value: String,
        /// The other key's path.
        other_key: String,
        /// What that says.
        other: String,
    },
    /// The defaults that a program brings along are themselves wrong: a mistake in the program.
    #[error("the built-in defaults are wrong: {0}")]
    Defaults(String),
}

fn hint(nearest: &Option<String>) -> String {
    match nearest {
        Some(known) => format!("did you mean {known}?"),
        None => "remove it, or run check-config to see all known keys".to_owned(),
    }
}
