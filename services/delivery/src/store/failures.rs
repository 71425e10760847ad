//! What providers took and failed to deliver.

use ids::{ChannelId, InstanceId, MessageId};
use jiff::Timestamp;
use serde::Serialize;
use serde_json::Value;
use sqlx::PgPool;
use uuid::Uuid;

use super::sending::said;
use crate::domain::content::Said;

/// A message that the provider reported as failed with a code, which nobody has judged yet.
#[derive(Clone, Debug)]
pub struct Failure {
    /// The message.
    pub id: MessageId,
    /// Its channel.
    pub channel_id: ChannelId,
    /// The recipient. Never logged.
    pub to: String,
    /// What it says; `None` when this version cannot read it. Never logged.
    pub said: Option<Said>,
    /// It went as its fallback.
    pub as_template: bool,
    /// How often and how far apart it is tried.
    pub profile: String,
    /// The attempt.
    pub n: i32,
    /// Counted tries, that one included.
    pub tries: u32,
    /// Of no use from then on.
    pub not_after: Option<Timestamp>,
    /// The provider's code.
    pub code: Option<String>,
    /// The database's clock.
    pub now: Timestamp,
}

/// What is made of a failure.
#[derive(Clone, Debug, Serialize)]
pub struct VerdictRow {
    /// The message.
    pub id: Uuid,
    /// The attempt.
    pub n: i32,
    /// Queued once more, if nothing later in its line has left.
    pub again: bool,
    /// Not before.
    pub due_at: Option<Timestamp>,
    /// As its fallback.
    pub as_template: bool,
    /// Why it failed: cause, cause_text, owner, next_step.
    pub reason: Value,
}

/// Failures to judge, of channels this instance owns.
///
/// # Errors
/// Whatever the database says.
pub async fn due(pool: &PgPool, me: InstanceId, most: i32) -> Result<Vec<Failure>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"select id as "id!", channel_id as "channel_id!", to_address as "to_address!", body as "body!",
                  as_template as "as_template!", profile as "profile!", attempts as "attempts!", tries as "tries!",
                  not_after, code, now as "now!"
           from delivery.failures_due($1, $2)"#,
        me.uuid(),
        most
    )
    .fetch_all(pool)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| Failure {
            id: MessageId::from_uuid(row.id),
            channel_id: ChannelId::from_uuid(row.channel_id),
            to: row.to_address,
            said: said(row.body),
            as_template: row.as_template,
            profile: row.profile,
            n: row.attempts,
            tries: row.tries.unsigned_abs(),
            not_after: row.not_after.map(jiff_sqlx::Timestamp::to_jiff),
            code: row.code,
            now: row.now.to_jiff(),
        })
        .collect())
}

/// Writes verdicts. Answers with how many messages are queued again.
///
/// # Errors
/// Whatever the database says; what was judged before is left as it is.
pub async fn judge(pool: &PgPool, rows: &[VerdictRow]) -> Result<usize, sqlx::Error> {
    let json = serde_json::to_value(rows).map_err(|error| sqlx::Error::Encode(error.into()))?;
    let states = sqlx::query_scalar!(r#"select state as "state!" from delivery.judge($1)"#, json)
        .fetch_all(pool)
        .await?;
    Ok(states.iter().filter(|state| *state == "queued").count())
}
