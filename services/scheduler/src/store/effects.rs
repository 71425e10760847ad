//! Changes of the book, all through `scheduler.apply_effect` (see migrations/0008_commit_effect_v1.sql).

use ids::{BookingId, ProposalId};
use serde::Deserialize;
use serde_json::Value;
use sqlx::PgConnection;

use super::Error;

/// What became of an effect.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Answer {
    /// In one word.
    pub outcome: Outcome,
    /// The booking it is about, where there is one that may be named.
    pub booking_id: Option<BookingId>,
}

/// What became of an effect, in one word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Outcome {
    /// It is so now.
    Done,
    /// Somebody else has, or is being asked about, that time.
    Taken,
    /// There is no such booking that can still be changed.
    Gone,
    /// The time has passed, or this person no longer does that.
    Stale,
    /// It is the answer to another request of the same name.
    Other,
}

/// Commits an operator's change in the caller's transaction. The same proposal again gives the first answer.
pub async fn apply(transaction: &mut PgConnection, effect: &Value) -> Result<Answer, Error> {
    let answer: Value =
        sqlx::query_scalar!(r#"select scheduler.apply_effect($1, 'operator') as "answer!""#, effect)
            .fetch_one(transaction)
            .await?;
    let id = effect["proposal_id"].as_str().unwrap_or_default();
    Answer::deserialize(&answer).map_err(|error| Error::impossible("effect", id, "outcome", error))
}

/// Whether there is an answer to this proposal already.
pub async fn is_known(connection: &mut PgConnection, proposal: ProposalId) -> Result<bool, Error> {
    Ok(sqlx::query_scalar!(
        r#"select exists (select from scheduler.effect where proposal_id = $1) as "known!""#,
        proposal.uuid()
    )
    .fetch_one(connection)
    .await?)
}

/// How many effects of one kind had one outcome.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Count {
    /// book, move or cancel.
    pub kind: String,
    /// done, taken, gone or stale.
    pub outcome: String,
    /// How many.
    pub effects: u64,
}

/// The effects that nobody has counted yet, now counted. They are committed inside other services' transactions, so the
/// only way to count each once is by the rows themselves.
pub async fn take_uncounted(connection: &mut PgConnection) -> Result<Vec<Count>, Error> {
    let rows = sqlx::query!(
        r#"with fresh as (
             select proposal_id from scheduler.effect where not counted
             order by created_at limit 1000 for update skip locked
           ), taken as (
             update scheduler.effect e set counted = true
             from fresh where e.proposal_id = fresh.proposal_id
             returning e.kind, e.outcome ->> 'outcome' as outcome
           )
           select kind, outcome as "outcome!", count(*) as "effects!" from taken group by kind, outcome"#
    )
    .fetch_all(connection)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| Count { kind: row.kind, outcome: row.outcome, effects: row.effects.unsigned_abs() })
        .collect())
}
