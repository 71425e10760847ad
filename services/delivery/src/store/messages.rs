//! `delivery.message` for people who look.

use ids::{ConversationId, MessageId, TenantId};
use jiff::Timestamp;
use serde_json::Value;
use sqlx::PgPool;
use uuid::Uuid;

use crate::domain::causes;

/// A message with its ladder.
#[derive(Clone, Debug)]
pub struct MessageRow {
    /// Its id.
    pub id: MessageId,
    /// Its conversation.
    pub conversation_id: Uuid,
    /// Its channel.
    pub channel_id: Uuid,
    /// The word in the row, raised by the ladder: sent, delivered, read.
    pub state: String,
    /// Calls.
    pub attempts: i32,
    /// 0 high, 1 normal, 2 bulk.
    pub lane: i16,
    /// What it is for.
    pub class: String,
    /// The provider's id.
    pub provider_id: Option<String>,
    /// Why it stands where it stands.
    pub reason: Option<Value>,
    /// The text.
    pub text: String,
    /// The recipient. Never logged.
    pub to: String,
    /// Ties it to the customer's message.
    pub correlation_id: Uuid,
    /// When it was queued.
    pub created_at: Timestamp,
    /// When it is tried next; only for what is queued for later.
    pub due_at: Option<Timestamp>,
    /// Of no use from then on.
    pub not_after: Option<Timestamp>,
    /// The ladder's times.
    pub sent_at: Option<Timestamp>,
    /// The ladder's times.
    pub delivered_at: Option<Timestamp>,
    /// The ladder's times.
    pub read_at: Option<Timestamp>,
    /// When the provider said so, or when it was given up.
    pub failed_at: Option<Timestamp>,
}

/// Which messages.
#[derive(Clone, Copy, Debug, Default)]
pub struct Filter<'a> {
    /// Only this one.
    pub id: Option<MessageId>,
    /// Only this tenant's.
    pub tenant: Option<TenantId>,
    /// Only this conversation's.
    pub conversation: Option<ConversationId>,
    /// Only those in this state.
    pub state: Option<&'a str>,
    /// Only those queued before this one.
    pub before: Option<MessageId>,
}

/// Messages, newest first.
///
/// # Errors
/// Whatever the database says.
pub async fn list(pool: &PgPool, filter: Filter<'_>, most: i64) -> Result<Vec<MessageRow>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"select m.id, m.conversation_id, m.channel_id, m.attempts, m.lane, m.class, m.provider_id,
                  -- What has arrived is no longer missed.
                  case when m.state = 'sent' and r.rank >= 3 then null else m.reason end as "reason?",
                  m.body ->> 'text' as text, m.to_address, m.correlation_id, m.created_at,
                  case when m.state = 'queued' and m.due_at > clock_timestamp() then m.due_at end as due_at, m.not_after,
                  case when m.state = 'sent' and r.rank >= 4 then 'read'
                       when m.state = 'sent' and r.rank = 3 then 'delivered' else m.state end as "state!",
                  r.sent_at as "sent_at?", r.delivered_at as "delivered_at?", r.read_at as "read_at?",
                  coalesce(r.failed_at, case when m.state in ('failed', 'dead') then m.settled_at end) as failed_at
           from delivery.message m
           left join delivery.receipt r on r.channel_id = m.channel_id and r.provider_id = m.provider_id
           where ($1::uuid is null or m.id = $1) and ($2::uuid is null or m.tenant_id = $2)
             and ($3::uuid is null or m.conversation_id = $3) and ($5::uuid is null or m.id < $5)
             and ($4::text is null or $4 = case when m.state = 'sent' and r.rank >= 4 then 'read'
                       when m.state = 'sent' and r.rank = 3 then 'delivered' else m.state end)
           order by m.id desc limit $6"#,
        filter.id.map(|id| id.uuid()),
        filter.tenant.map(|id| id.uuid()),
        filter.conversation.map(|id| id.uuid()),
        filter.state,
        filter.before.map(|id| id.uuid()),
        most
    )
    .fetch_all(&mut *postgres::browse(pool).await?)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| MessageRow {
            id: MessageId::from_uuid(row.id),
            conversation_id: row.conversation_id,
            channel_id: row.channel_id,
            reason: row
                .reason
                .map(|reason| if row.state == "queued" { still_queued(reason) } else { reason }),
            state: row.state,
            attempts: row.attempts,
            lane: row.lane,
            class: row.class,
            provider_id: row.provider_id,
            text: row.text.unwrap_or_default(),
            to: row.to_address,
            correlation_id: row.correlation_id,
            created_at: row.created_at.to_jiff(),
            due_at: row.due_at.map(jiff_sqlx::Timestamp::to_jiff),
            not_after: row.not_after.map(jiff_sqlx::Timestamp::to_jiff),
            sent_at: row.sent_at.map(jiff_sqlx::Timestamp::to_jiff),
            delivered_at: row.delivered_at.map(jiff_sqlx::Timestamp::to_jiff),
            read_at: row.read_at.map(jiff_sqlx::Timestamp::to_jiff),
            failed_at: row.failed_at.map(jiff_sqlx::Timestamp::to_jiff),
        })
        .collect())
}

/// What is to be done about a message that is queued is not what is to be done about a dead one.
fn still_queued(mut reason: Value) -> Value {
    if let Some(next_step) = reason.get("next_step").and_then(Value::as_str).map(causes::while_queued) {
        reason["next_step"] = next_step.into();
    }
    reason
}

/// One call.
#[derive(Clone, Debug)]
pub struct AttemptRow {
    /// Counted from 1.
    pub n: i32,
    /// accepted, refused, not_sent, unknown.
    pub outcome: String,
    /// Retry class.
    pub class: Option<String>,
    /// The provider's code.
    pub code: Option<String>,
    /// In words.
    pub cause: Option<String>,
    /// When its intent was committed.
    pub started_at: Timestamp,
    /// When its outcome was written.
    pub ended_at: Timestamp,
    /// Nobody knew then what had come of it; when it became known.
    pub known_at: Option<Timestamp>,
}

/// Calls for a message, oldest first.
///
/// # Errors
/// Whatever the database says.
pub async fn attempts(pool: &PgPool, id: MessageId) -> Result<Vec<AttemptRow>, sqlx::Error> {
    let rows = sqlx::query!(
        "select n, outcome, class, code, cause, started_at, ended_at, known_at
         from delivery.attempt where message_id = $1 order by n",
        id.uuid()
    )
    .fetch_all(pool)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| AttemptRow {
            n: row.n,
            outcome: row.outcome,
            class: row.class,
            code: row.code,
            cause: row.cause,
            started_at: row.started_at.to_jiff(),
            ended_at: row.ended_at.to_jiff(),
            known_at: row.known_at.map(jiff_sqlx::Timestamp::to_jiff),
        })
        .collect())
}

/// What waits, over all channels.
#[derive(Clone, Copy, Debug)]
pub struct Backlog {
    /// Messages that could go, or are tried again.
    pub depth: i64,
    /// Messages for later.
    pub later: i64,
    /// For how long the oldest of `depth` waits.
    pub oldest_seconds: f64,
    /// Outcomes of a day that nobody knows.
    pub unknown: i64,
    /// Channels that are deaf.
    pub deaf: i64,
}

/// What waits, over all channels.
///
/// # Errors
/// Whatever the database says.
pub async fn backlog(pool: &PgPool) -> Result<Backlog, sqlx::Error> {
    let row = sqlx::query!(
        r#"select count(*) filter (where not x.later) as "depth!", count(*) filter (where x.later) as "later!",
                  coalesce(extract(epoch from clock_timestamp() - min(greatest(m.created_at, case when m.attempts = 0 then m.due_at end))
                                                                  filter (where not x.later)), 0)::float8 as "oldest_seconds!",
                  -- Counted apart: each has an index of its own, and the rest of the table is history.
                  (select count(*) from delivery.message
                   where state = 'unknown' and settled_at > clock_timestamp() - interval '24 hours') as "unknown!",
                  (select count(*) from delivery.hearing where deaf is not null) as "deaf!"
           from delivery.message m cross join lateral (select delivery.is_later(m.attempts, m.due_at, m.reason) as later) x
           where m.state in ('queued', 'intended')"#
    )
    .fetch_one(pool)
    .await?;
    Ok(Backlog {
        depth: row.depth,
        later: row.later,
        oldest_seconds: row.oldest_seconds,
        unknown: row.unknown,
        deaf: row.deaf,
    })
}

/// Notes on messages that no receipt came for so long, and has their channels looked at. Answers with how many are new.
///
/// # Errors
/// Whatever the database says.
pub async fn note_silence(pool: &PgPool, after: std::time::Duration) -> Result<i64, sqlx::Error> {
    sqlx::query_scalar!(
        r#"with noted as (select * from delivery.note_silence(make_interval(secs => $1))),
                told as (update delivery.hearing h
                         set silent_at = clock_timestamp(),
                             -- Not while somebody looks at it: what they find is written under the time they were given.
                             due_at = case when h.due_at > clock_timestamp() + interval '2 minutes' then h.due_at
                                           else least(h.due_at, clock_timestamp()) end
                         from noted n where h.channel_id = n.channel_id)
           select coalesce(sum(n.messages), 0)::bigint as "n!" from noted n"#,
        after.as_secs_f64()
    )
    .fetch_one(pool)
    .await
}
