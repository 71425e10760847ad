//! A look that failed. Its transaction is gone and with it every claim; what remains is to keep one bad row from
//! standing in the way of the others.

use jiff::SignedDuration;
use sqlx::PgPool;
use thiserror::Error;
use uuid::Uuid;

use super::hand_over::key;
use crate::domain::wording::TemplateError;
use crate::store;
use crate::store::due_reminders::{self, Claimed, Key};

/// How long a row rests that met a lock or a broken connection, which is nobody's fault.
const REST: SignedDuration = SignedDuration::from_secs(1);

/// A look that failed, and what it had claimed.
#[derive(Debug, Error)]
#[error("reminders could not be handed over")]
pub struct Failed {
    /// What was claimed, with the failed attempts before this one and the correlation id. With a single row, that row is the
    /// cause.
    pub claimed: Vec<(Key, i32, Uuid)>,
    /// What went wrong.
    #[source]
    pub problem: Problem,
}

/// Why reminders could not be handed over.
#[derive(Debug, Error)]
pub enum Problem {
    /// The database, delivery's function or conversation's.
    #[error(transparent)]
    Store(#[from] store::Error),
    /// The text could not be made.
    #[error(transparent)]
    Template(#[from] TemplateError),
    /// The row cannot be used.
    #[error("{0}")]
    Row(&'static str),
}

impl From<sqlx::Error> for Problem {
    fn from(error: sqlx::Error) -> Self {
        Self::Store(error.into())
    }
}

impl Problem {
    /// Whether the row, rather than the moment, is to blame.
    fn is_the_rows(&self) -> bool {
        match self {
            Self::Store(error) => error.class() != postgres::Class::Unavailable,
            Self::Template(_) | Self::Row(_) => true,
        }
    }

    /// For people, without anything a customer wrote.
    fn reason(&self) -> &'static str {
        match self {
            Self::Store(_) => {
                "delivery did not accept it; see the log of this time for the database's answer"
            }
            Self::Template(_) => "its text could not be made",
            Self::Row(reason) => reason,
        }
    }
}

impl Failed {
    pub(super) fn before_claiming(problem: impl Into<Problem>) -> Self {
        Self { claimed: Vec::new(), problem: problem.into() }
    }

    pub(super) fn after_claiming(claimed: &[Claimed], problem: Problem) -> Self {
        let claimed = claimed
            .iter()
            .map(|reminder| (key(reminder), reminder.attempts, reminder.correlation_id))
            .collect();
        Self { claimed, problem }
    }

    /// The row to blame, when only one was claimed, and what ties it to the customer's message.
    pub fn culprit(&self) -> Option<((Key, i32), Uuid)> {
        match *self.claimed.as_slice() {
            [(key, attempts, correlation_id)] => Some(((key, attempts), correlation_id)),
            _ => None,
        }
    }
}

/// What became of the row to blame.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PutBack {
    /// It is looked at again later.
    Postponed,
    /// Every try of the profile is used up.
    GivenUp,
}

/// Puts the row to blame aside: after its profile's next delay, or for good when that is used up.
pub async fn put_back(
    pool: &PgPool,
    (key, attempts): (Key, i32),
    problem: &Problem,
) -> Result<PutBack, store::Error> {
    let mut connection = pool.acquire().await?;
    if !problem.is_the_rows() {
        due_reminders::postpone(&mut connection, key, false, REST).await?;
        return Ok(PutBack::Postponed);
    }
    let done = u32::try_from(attempts).unwrap_or_default() + 1;
    match backoff::REMINDER.next(done, rand::rng(), None) {
        Some(delay) => {
            let delay = SignedDuration::try_from(delay).unwrap_or(REST);
            due_reminders::postpone(&mut connection, key, true, delay).await?;
            Ok(PutBack::Postponed)
        }
        None => {
            due_reminders::give_up(&mut connection, key, problem.reason()).await?;
            Ok(PutBack::GivenUp)
        }
    }
}
