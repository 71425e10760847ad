//! What one call to a provider produced.

use std::time::Duration;

use crate::domain::causes::Cause;
use crate::domain::class::RetryClass;

/// What is known after a call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The provider took the message.
    Accepted {
        /// Its id of the message. Meta's holds the customer's number: never log it.
        provider_id: String,
    },
    /// It answered, and the message was not sent.
    Refused(Trouble),
    /// It may have been sent.
    Unknown(Trouble),
    /// No byte of the message left, so it was not sent.
    NotSent(Trouble),
}

/// What went wrong, safe to store and to show: no text of a customer, no number, no key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trouble {
    /// What stood in the way.
    pub cause: Cause,
    /// The provider's code (`400`, `131026`), when it answered.
    pub code: Option<String>,
    /// The provider's own words, scrubbed, for whoever looks into it. May be empty.
    pub words: String,
    /// How long the provider asked us to wait.
    pub retry_after: Option<Duration>,
}

impl Trouble {
    /// A trouble known by its cause alone.
    pub fn new(cause: Cause) -> Self {
        Self { cause, code: None, words: String::new(), retry_after: None }
    }

    /// The same, with words to explain it. They must already be scrubbed.
    pub fn because(cause: Cause, words: impl Into<String>) -> Self {
        Self { words: words.into(), ..Self::new(cause) }
    }

    /// What to do about it.
    pub fn class(&self) -> RetryClass {
        RetryClass::of(self.cause, self.retry_after)
    }
}

impl From<Trouble> for Outcome {
    /// The cause decides what is known about the message.
    fn from(trouble: Trouble) -> Self {
        match (trouble.class(), trouble.cause) {
            (RetryClass::Ambiguous, _) => Self::Unknown(trouble),
            (_, Cause::Unreachable | Cause::KeyMissing | Cause::ProviderUnknown) => Self::NotSent(trouble),
            _ => Self::Refused(trouble),
        }
    }
}

impl Outcome {
    /// What went wrong, if something did.
    pub fn trouble(&self) -> Option<&Trouble> {
        match self {
            Self::Accepted { .. } => None,
            Self::Refused(trouble) | Self::Unknown(trouble) | Self::NotSent(trouble) => Some(trouble),
        }
    }

    /// The word for attempt rows and metric labels.
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::Accepted { .. } => "accepted",
            Self::Refused(_) => "refused",
            Self::Unknown(_) => "unknown",
            Self::NotSent(_) => "not_sent",
        }
    }
}
