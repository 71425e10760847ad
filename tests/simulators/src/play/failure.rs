//! A play that did not come to its end.

use std::fmt;
use std::time::Duration;

use super::watch::PhoneError;

/// Which step was not seen, what was seen instead, and where to look.
#[derive(Debug)]
pub struct Failure {
    /// The step.
    pub step: &'static str,
    trouble: Trouble,
}

#[derive(Debug)]
pub(super) enum Trouble {
    /// The customer's phone does not work.
    Phone { url: String, source: PhoneError },
    /// What was expected did not happen.
    NotSeen { expected: &'static str, patience: Duration, seen: Vec<String>, advice: String },
    /// Something was said that ends the play.
    Wrong { problem: String, advice: &'static str },
    /// The lines cannot be printed.
    Output(std::io::Error),
}

impl Failure {
    pub(super) fn new(step: &'static str, trouble: Trouble) -> Self {
        Self { step, trouble }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(out, "The play stopped at the step \"{}\".", self.step)?;
        match &self.trouble {
            Trouble::Phone { url, source } => {
                let cause = std::error::Error::source(source).map(|cause| format!(": {cause}"));
                write!(
                    out,
                    "{source}{}. It is looked for at {url}; is it running?",
                    cause.unwrap_or_default()
                )
            }
            Trouble::NotSeen { expected, patience, seen, advice } => {
                writeln!(out, "Expected within {patience:?}: {expected}.")?;
                let seen = if seen.is_empty() { vec!["nothing at all".to_owned()] } else { seen.clone() };
                writeln!(out, "Seen:\n  {}", seen.join("\n  "))?;
                write!(out, "{advice}")
            }
            Trouble::Wrong { problem, advice } => write!(out, "{problem}\n{advice}"),
            Trouble::Output(error) => write!(out, "The lines cannot be printed: {error}"),
        }
    }
}

impl std::error::Error for Failure {}
