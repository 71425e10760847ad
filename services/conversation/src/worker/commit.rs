//! Commits of turns, batched by load, and what to do when the answer to a COMMIT is lost.

use std::time::Duration;

use batch::{Batcher, Limits};
use ids::InstanceId;
use sqlx::PgPool;
use tracing::warn;
use work::Lease;

use crate::store::turns::{self, Committed, TurnCommit};

const LIMITS: Limits = Limits { most: 64, in_flight: 2, queue: 1024 };
const AGAIN: Duration = Duration::from_millis(100);

/// The batched door to `commit_turns`.
#[derive(Clone, Debug)]
pub struct Commits {
    batcher: Batcher<TurnCommit, Result<Committed, CommitError>>,
    pool: PgPool,
    lease: Lease,
}

/// Why a turn was not committed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CommitError {
    /// This very turn can never be stored.
    #[error("the database refuses the turn's content")]
    Content,
    /// It is unknown whether it was committed.
    #[error("the database did not answer; whether the turn was committed is unknown")]
    Unknown,
}

impl Commits {
    /// Starts the batcher.
    #[must_use]
    pub fn start(pool: PgPool, me: InstanceId, lease: Lease) -> Self {
        let batcher = Batcher::start("commit_turns", LIMITS, {
            let pool = pool.clone();
            move |turns| commit_all(pool.clone(), me, turns)
        });
        Self { batcher, pool, lease }
    }

    /// Commits a turn. A lost answer is settled by looking for the turn's row, and then the same turn is tried again:
    /// its id makes that harmless. `Lost` when it cannot be settled while the lease holds.
    ///
    /// # Errors
    /// [`CommitError::Content`] only.
    pub async fn submit(&self, turn: TurnCommit) -> Result<Committed, CommitError> {
        loop {
            match self.batcher.submit(turn.clone()).await {
                Ok(Ok(committed)) => return Ok(committed),
                Ok(Err(CommitError::Content)) => return Err(CommitError::Content),
                Ok(Err(CommitError::Unknown)) | Err(batch::Unanswered) => {}
            }
            if !self.lease.holds() {
                return Ok(Committed::Lost);
            }
            if turns::is_committed(&self.pool, turn.turn.id).await.unwrap_or(false) {
                // Released or still mine: reading again tells, and costs nothing when there is nothing to read.
                return Ok(Committed::Done { released: false, effect: None });
            }
            tokio::time::sleep(AGAIN).await;
        }
    }
}

/// One transaction for all. On a data error each turn alone, so that one poisoned text takes no neighbours with it.
async fn commit_all(
    pool: PgPool,
    me: InstanceId,
    turns: Vec<TurnCommit>,
) -> Vec<Result<Committed, CommitError>> {
    match turns::commit(&pool, me, &turns).await {
        Ok(outcomes) => outcomes.into_iter().map(Ok).collect(),
        Err(error) if postgres::classify(&error) == postgres::Class::Data && turns.len() > 1 => {
            let mut outcomes = Vec::with_capacity(turns.len());
            for turn in turns {
                outcomes.extend(Box::pin(commit_all(pool.clone(), me, vec![turn])).await);
            }
            outcomes
        }
        Err(error) => {
            let class = postgres::classify(&error);
            warn!(turns = turns.len(), ?class, %error, "commit of turns failed");
            let error = match class {
                postgres::Class::Data | postgres::Class::Bug => CommitError::Content,
                _ => CommitError::Unknown,
            };
            vec![Err(error); turns.len()]
        }
    }
}
