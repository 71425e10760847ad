use std::collections::BTreeMap;
use std::error::Error as StdError;
use std::fmt::Display;
use std::time::Duration;

use thiserror::Error;

/// Why a method does not do what was asked, as the caller may know it. Becomes a `tonic::Status` by `?`.
///
/// Each says what is wrong and what to do next. Texts go to the caller as they are: no customers' data in them.
#[derive(Debug, Error)]
#[error("{kind}")]
pub struct Failure {
    pub(crate) kind: Kind,
    pub(crate) reason: &'static str,
    pub(crate) metadata: BTreeMap<&'static str, String>,
}

/// One field of a request that cannot be accepted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Violation {
    /// The field's path: `reminder_plan.every`.
    pub field: String,
    /// What is wrong with it.
    pub problem: String,
    /// What would be right.
    pub remedy: String,
}

#[derive(Debug, Error)]
pub(crate) enum Kind {
    #[error("{}", sentence(.0))]
    Invalid(Vec<Violation>),
    #[error("there is no {what} {id}")]
    NotFound { what: &'static str, id: String },
    #[error("{problem}; {remedy}")]
    Precondition { problem: String, remedy: String },
    #[error("{problem}; {remedy}")]
    Conflict { problem: String, remedy: String },
    #[error("{problem}; {remedy}")]
    Exhausted { problem: String, remedy: String, retry_after: Duration },
    #[error("{problem}; {remedy}")]
    Unavailable { problem: String, remedy: String, retry_after: Duration },
    #[error("{problem}; {remedy}")]
    Unauthenticated { problem: &'static str, remedy: &'static str },
    #[error("{problem}; {remedy}")]
    Forbidden { problem: String, remedy: &'static str },
    #[error("the deadline of the call passed before there was an answer; allow more time or ask for less")]
    TooLate,
    #[error("internal error")]
    Internal(#[source] Box<dyn StdError + Send + Sync>),
}

const SOON: Duration = Duration::from_secs(1);
/// Bytes of one text, and of one of many.
const LONGEST: usize = 500;
const LONGEST_OF_MANY: usize = 200;
/// How many fields are told at once; the others are told when these are mended.
const MOST_VIOLATIONS: usize = 12;

impl Failure {
    /// A field that cannot be accepted: INVALID_ARGUMENT, whatever state the system is in.
    pub fn invalid(field: impl Into<String>, problem: impl Into<String>, remedy: impl Into<String>) -> Self {
        let violation = Violation { field: field.into(), problem: problem.into(), remedy: remedy.into() };
        Self::all_invalid(vec![violation])
    }

    /// Several fields at once, so that the caller can mend them in one go.
    pub fn all_invalid(violations: Vec<Violation>) -> Self {
        Self::new("INVALID_FIELD", Kind::Invalid(violations))
    }

    /// Nothing has this id: NOT_FOUND. `what` is a word: "booking".
    pub fn not_found(what: &'static str, id: impl Display) -> Self {
        Self::new("NOT_FOUND", Kind::NotFound { what, id: id.to_string() }).with("resource", what)
    }

    /// The thing is in a state in which this cannot be done: FAILED_PRECONDITION. Asking again does not help.
    pub fn precondition(problem: impl Into<String>, remedy: impl Into<String>) -> Self {
        let (problem, remedy) = (problem.into(), remedy.into());
        Self::new("PRECONDITION_FAILED", Kind::Precondition { problem, remedy })
    }

    /// Somebody else changed it meanwhile: ABORTED. Read again and ask anew.
    pub fn conflict(problem: impl Into<String>, remedy: impl Into<String>) -> Self {
        let (problem, remedy) = (problem.into(), remedy.into());
        Self::new("CONFLICT", Kind::Conflict { problem, remedy })
    }

    /// A limit is reached: RESOURCE_EXHAUSTED. Ask again after [`Failure::retry_after`], one second unless set.
    pub fn exhausted(problem: impl Into<String>, remedy: impl Into<String>) -> Self {
        let (problem, remedy) = (problem.into(), remedy.into());
        Self::new("EXHAUSTED", Kind::Exhausted { problem, remedy, retry_after: SOON })
    }

    /// Something that is needed is not there: UNAVAILABLE. Ask again after [`Failure::retry_after`], one second
    /// unless set.
    pub fn unavailable(problem: impl Into<String>, remedy: impl Into<String>) -> Self {
        let (problem, remedy) = (problem.into(), remedy.into());
        Self::new("UNAVAILABLE", Kind::Unavailable { problem, remedy, retry_after: SOON })
    }

    /// Our own mistake: INTERNAL. The cause is logged with a reference; the caller gets the reference only.
    pub fn internal(source: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        Self::new("INTERNAL", Kind::Internal(source.into()))
    }

    /// A more telling reason than the general one: capitals and underscores, never changed once published.
    #[must_use]
    pub fn reason(mut self, reason: &'static str) -> Self {
        self.reason = reason;
        self
    }

    /// A fact that programs may want: ids, counts, never customers' data.
    #[must_use]
    pub fn with(mut self, key: &'static str, value: impl Into<String>) -> Self {
        let mut value = value.into();
        cut(&mut value, LONGEST_OF_MANY);
        self.metadata.insert(key, value);
        self
    }

    /// When asking again makes sense; only for what passes by itself.
    #[must_use]
    pub fn retry_after(mut self, delay: Duration) -> Self {
        if let Kind::Exhausted { retry_after, .. } | Kind::Unavailable { retry_after, .. } = &mut self.kind {
            *retry_after = delay;
        }
        self
    }

    pub(crate) fn new(reason: &'static str, kind: Kind) -> Self {
        Self { kind: kind.short(), reason, metadata: BTreeMap::new() }
    }
}

impl Kind {
    /// Nothing longer than a person reads. A failure travels in headers, of which no caller takes more than a few kilobytes, and
    /// may repeat what it was asked.
    fn short(mut self) -> Self {
        match &mut self {
            Self::Invalid(violations) => {
                violations.truncate(MOST_VIOLATIONS);
                for Violation { field, problem, remedy } in violations {
                    for text in [field, problem, remedy] {
                        cut(text, LONGEST_OF_MANY);
                    }
                }
            }
            Self::NotFound { id, .. } => cut(id, LONGEST),
            Self::Precondition { problem, remedy }
            | Self::Conflict { problem, remedy }
            | Self::Exhausted { problem, remedy, .. }
            | Self::Unavailable { problem, remedy, .. } => {
                for text in [problem, remedy] {
                    cut(text, LONGEST);
                }
            }
            Self::Forbidden { problem, .. } => cut(problem, LONGEST),
            Self::Unauthenticated { .. } | Self::TooLate | Self::Internal(_) => {}
        }
        self
    }
}

fn cut(text: &mut String, most: usize) {
    if text.len() > most {
        text.truncate(text.floor_char_boundary(most));
        text.push('…');
    }
}

fn sentence(violations: &[Violation]) -> String {
    let parts: Vec<String> = violations
        .iter()
        .map(|Violation { field, problem, remedy }| format!("{field} {problem}; {remedy}"))
        .collect();
    parts.join(". ")
}
