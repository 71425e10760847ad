use std::fmt;
use std::path::PathBuf;

/// Why a file cannot be applied. Nothing of it is applied then.
#[derive(Debug)]
#[non_exhaustive]
pub enum Error {
    /// The file cannot be read.
    Read {
        /// As it was named.
        path: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
    /// The file is not TOML.
    Syntax {
        /// Which file.
        origin: String,
        /// Counted from 1.
        line: usize,
        /// The parser's words, without an excerpt of the file.
        message: String,
    },
    /// The file declares something that cannot be.
    Declared {
        /// Which file.
        origin: String,
        /// All that is wrong, at least one.
        problems: Vec<Problem>,
    },
}

/// One thing that is wrong with a declaration. Values are not repeated: somebody may have written a secret where its
/// reference belongs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// Where: `tenant[0].channel[1].provider`, counted from 0.
    pub path: String,
    /// What is wrong, and what would be right.
    pub problem: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.path, self.problem)
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Read { path, source } => {
                write!(f, "cannot read {}: {source}; check the path and its permissions", path.display())
            }
            Self::Syntax { origin, line, message } => {
                write!(f, "{origin}, line {line}: not valid TOML: {message}")
            }
            Self::Declared { origin, problems } => match problems.as_slice() {
                [only] => write!(f, "{origin}: {only}"),
                many => {
                    write!(f, "{origin}: {} problems", many.len())?;
                    many.iter().try_for_each(|problem| write!(f, "\n  - {problem}"))
                }
            },
        }
    }
}

// The source of a Read is part of its text already.
impl std::error::Error for Error {}
