//! What timelines are told from: messages, calls, receipts, the channel's history. Everything by keys and indexes that are there
//! anyway; an id tells when its row was made (UUIDv7), which stands in for an index by correlation id.

use ids::{ChannelId, ConversationId, MessageId, TenantId};
use jiff::Timestamp;
use jiff_sqlx::ToSqlx;
use rpc::Thread;
use serde_json::Value;
use sqlx::PgPool;
use uuid::Uuid;

use crate::domain::timeline::{Before, Happening, Hold, What};

/// Messages told at most in one timeline, the newest.
const MESSAGES: i64 = 300;

/// Messages of a person whose threads are found at most, the newest.
const OF_PERSON: i64 = 50;

/// By what to find threads.
#[derive(Clone, Debug)]
pub enum Subject {
    /// A message of ours.
    Message(MessageId),
    /// The provider's id.
    Provider(String),
    /// A telephone number in E.164.
    Phone(String),
    /// A correlation id.
    Correlation(Uuid),
}

/// The threads of a subject.
///
/// # Errors
/// Whatever the database says.
pub async fn threads(pool: &PgPool, subject: &Subject) -> Result<Vec<Thread>, sqlx::Error> {
    let (message, provider, phone, correlation) = match subject {
        Subject::Message(id) => (Some(id.uuid()), None, None, None),
        Subject::Provider(id) => (None, Some(id.as_str()), None, None),
        Subject::Phone(phone) => (None, None, Some(phone.as_str()), None),
        Subject::Correlation(id) => (None, None, None, Some(*id)),
    };
    let made = correlation.and_then(ids::made_about);
    let rows = sqlx::query!(
        r#"select distinct m.tenant_id as "tenant_id!", m.conversation_id as "conversation_id!", m.correlation_id as "correlation_id!"
           from (select x.* from delivery.message x where x.id = $1
                 union all
                 -- One look by key for each channel.
                 select x.* from delivery.channel c
                 join delivery.receipt r on r.channel_id = c.id and r.provider_id = $2
                 join delivery.message x on x.id = r.message_id
                 union all
                 select x.* from delivery.message x where x.correlation_id = $3 and x.id between $4 and $5
                 union all
                 -- Also of somebody who never wrote: the conversation they have, or will have, on each channel.
                 (select x.* from delivery.channel c
                  cross join lateral delivery.whom(c.tenant_id, c.id, $6, '') w
                  cross join lateral (select y.* from delivery.message y
                                      where y.tenant_id = c.tenant_id and y.conversation_id = w.conversation_id
                                      order by y.id desc limit $7) x
                  where $6 is not null
                  order by x.id desc limit $7)) m
           limit 100"#,
        message,
        provider,
        correlation,
        made.map(|(from, _)| from),
        made.map(|(_, until)| until),
        phone,
        OF_PERSON
    )
    .fetch_all(&mut *postgres::browse(pool).await?)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| Thread {
            tenant: TenantId::from_uuid(row.tenant_id),
            conversation: ConversationId::from_uuid(row.conversation_id),
            correlation: row.correlation_id,
        })
        .collect())
}

/// A message with everything its steps need but its calls.
#[derive(Clone, Debug)]
pub struct MessageFacts {
    /// Its id.
    pub id: MessageId,
    /// Its conversation.
    pub conversation: ConversationId,
    /// Its channel.
    pub channel: ChannelId,
    /// What it belongs to.
    pub correlation: Uuid,
    /// What it is for.
    pub class: String,
    /// high, normal or bulk.
    pub lane: i16,
    /// What it says. Customers' data.
    pub text: String,
    /// What queued it.
    pub cause: String,
    /// The message it replays.
    pub replay_of: Option<MessageId>,
    /// Where it stands.
    pub state: String,
    /// Why.
    pub reason: Option<Value>,
    /// What an operator made of a dead one.
    pub resolution: Option<Value>,
    /// When it was queued.
    pub queued_at: Timestamp,
    /// When it was due last, if that was later than when it was queued.
    pub due_at: Option<Timestamp>,
    /// When it was settled.
    pub settled_at: Option<Timestamp>,
    /// Where its outcome is unknown: until when the provider is asked.
    pub asked_until: Option<Timestamp>,
    /// When it is of no use any more.
    pub not_after: Option<Timestamp>,
    /// The one before it in its line.
    pub before: Option<Before>,
    /// What the provider said: sent, delivered, read, failed.
    pub receipts: [Option<Timestamp>; 4],
    /// The code of a failure.
    pub error_code: Option<String>,
}

/// The messages of threads, the oldest first.
///
/// # Errors
/// Whatever the database says.
pub async fn messages(pool: &PgPool, threads: &[Thread]) -> Result<Vec<MessageFacts>, sqlx::Error> {
    let tenants: Vec<_> = threads.iter().map(|thread| thread.tenant.uuid()).collect();
    let conversations: Vec<_> = threads.iter().map(|thread| thread.conversation.uuid()).collect();
    let correlations: Vec<_> = threads.iter().map(|thread| thread.correlation).collect();
    let rows = sqlx::query!(
        r#"select m.id, m.conversation_id, m.channel_id, m.correlation_id, m.class, m.lane, m.body ->> 'text' as text, m.cause,
                  m.replay_of, m.state, m.reason, m.resolution, m.created_at,
                  case when m.due_at > m.created_at then m.due_at end as due_at, m.settled_at, m.not_after,
                  case when m.state = 'unknown' then m.reconcile_until end as asked_until,
                  b.id as "before_id?", b.passed_at as "before_passed_at?", b.unknown as "before_unknown?",
                  r.sent_at as "sent_at?", r.delivered_at as "delivered_at?", r.read_at as "read_at?", r.failed_at as "failed_at?",
                  r.error_code as "error_code?"
           from (select distinct t.tenant_id, t.conversation_id, t.correlation_id
                 from unnest($1::uuid[], $2::uuid[], $3::uuid[]) t (tenant_id, conversation_id, correlation_id)) t
           join delivery.message m on m.tenant_id = t.tenant_id and m.conversation_id = t.conversation_id
                                  and m.correlation_id = t.correlation_id
           left join lateral (
               select p.id, p.state = 'unknown' or p.reconcile_until is not null as unknown,
                      case when p.state in ('queued', 'intended') then null
                           when p.state = 'unknown' then p.reconcile_until
                           else p.settled_at end as passed_at
               from delivery.message p
               where p.tenant_id = m.tenant_id and p.conversation_id = m.conversation_id
                 and p.line_id = m.line_id and p.seq < m.seq order by p.id desc limit 1) b on true
           left join lateral (
               select min(x.sent_at) as sent_at, min(x.delivered_at) as delivered_at, min(x.read_at) as read_at,
                      min(x.failed_at) as failed_at, max(x.error_code) as error_code
               from delivery.receipt x where x.message_id = m.id) r on true
           order by m.id desc limit $4"#,
        &tenants,
        &conversations,
        &correlations,
        MESSAGES
    )
    .fetch_all(&mut *postgres::browse(pool).await?)
    .await?;
    let time = |at: Option<jiff_sqlx::Timestamp>| at.map(jiff_sqlx::Timestamp::to_jiff);
    let mut messages: Vec<_> = rows
        .into_iter()
        .map(|row| MessageFacts {
            id: MessageId::from_uuid(row.id),
            conversation: ConversationId::from_uuid(row.conversation_id),
            channel: ChannelId::from_uuid(row.channel_id),
            correlation: row.correlation_id,
            class: row.class,
            lane: row.lane,
            text: row.text.unwrap_or_default(),
            cause: row.cause.unwrap_or_default(),
            replay_of: row.replay_of.map(MessageId::from_uuid),
            state: row.state,
            reason: row.reason,
            resolution: row.resolution,
            queued_at: row.created_at.to_jiff(),
            due_at: time(row.due_at),
            asked_until: time(row.asked_until),
            settled_at: time(row.settled_at),
            not_after: time(row.not_after),
            before: row.before_id.map(|id| Before {
                id: MessageId::from_uuid(id),
                passed_at: time(row.before_passed_at),
                unknown: row.before_unknown.unwrap_or_default(),
            }),
            receipts: [time(row.sent_at), time(row.delivered_at), time(row.read_at), time(row.failed_at)],
            error_code: row.error_code,
        })
        .collect();
    messages.reverse();
    Ok(messages)
}

/// A call of a message.
#[derive(Clone, Debug)]
pub struct AttemptFacts {
    /// Of which message.
    pub message: MessageId,
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
    /// When it was to be tried again.
    pub retry_at: Option<Timestamp>,
    /// Until when the next try was held back, since too many calls of the channel were repetitions.
    pub held_until: Option<Timestamp>,
}

/// The calls of messages, each message's first first.
///
/// # Errors
/// Whatever the database says.
pub async fn attempts(pool: &PgPool, messages: &[MessageId]) -> Result<Vec<AttemptFacts>, sqlx::Error> {
    let ids: Vec<_> = messages.iter().map(|id| id.uuid()).collect();
    let rows = sqlx::query!(
        "select message_id, n, outcome, class, code, cause, started_at, ended_at, known_at, retry_at, held_until
         from delivery.attempt where message_id = any ($1) order by message_id, n",
        &ids
    )
    .fetch_all(pool)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| AttemptFacts {
            message: MessageId::from_uuid(row.message_id),
            n: row.n,
            outcome: row.outcome,
            class: row.class,
            code: row.code,
            cause: row.cause,
            started_at: row.started_at.to_jiff(),
            ended_at: row.ended_at.to_jiff(),
            known_at: row.known_at.map(jiff_sqlx::Timestamp::to_jiff),
            retry_at: row.retry_at.map(jiff_sqlx::Timestamp::to_jiff),
            held_until: row.held_until.map(jiff_sqlx::Timestamp::to_jiff),
        })
        .collect())
}

/// When messages were put off, each message's first first.
///
/// # Errors
/// Whatever the database says.
pub async fn holds(pool: &PgPool, messages: &[MessageId]) -> Result<Vec<(MessageId, Hold)>, sqlx::Error> {
    let ids: Vec<_> = messages.iter().map(|id| id.uuid()).collect();
    let rows = sqlx::query!(
        "select message_id, since, until, cause, cause_text from delivery.hold where message_id = any ($1)
         order by message_id, since",
        &ids
    )
    .fetch_all(pool)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| {
            let (since, until) = (row.since.to_jiff(), row.until.to_jiff());
            let hold = Hold { since, until, cause: row.cause, words: row.cause_text };
            (MessageId::from_uuid(row.message_id), hold)
        })
        .collect())
}

/// What happened to a channel since `from`, and how its door stood then.
///
/// # Errors
/// Whatever the database says.
pub async fn history(
    pool: &PgPool,
    channel: ChannelId,
    from: Timestamp,
) -> Result<Vec<Happening>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"(select at as "at!", what as "what!", door, explanation, until from delivery.channel_history
            where channel_id = $1 and what = 'door' and at <= $2 order by at desc limit 1)
           union all
           -- Limits only grow: the last one lasts longest.
           (select at, what, door, explanation, until from delivery.channel_history
            where channel_id = $1 and what = 'slow' and at <= $2 order by at desc limit 1)
           union all
           (select at, what, door, explanation, until from delivery.channel_history where channel_id = $1 and at > $2
            order by at limit 10000)
           order by 1"#,
        channel.uuid(),
        from.to_sqlx() as _
    )
    .fetch_all(pool)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| Happening {
            at: row.at.to_jiff(),
            what: match (row.what.as_str(), row.door) {
                ("owner", _) => What::Taken,
                ("slow", _) => What::Slowed {
                    until: row.until.map_or(row.at.to_jiff(), jiff_sqlx::Timestamp::to_jiff),
                    words: row.explanation.unwrap_or_default(),
                },
                (_, Some(door)) if door != "open" => {
                    What::Closed { door, explanation: row.explanation.unwrap_or_default() }
                }
                _ => What::Opened,
            },
        })
        .collect())
}

/// How many other messages of a channel were called in a time, of those queued within the hour before; at most 100.
///
/// # Errors
/// Whatever the database says.
pub async fn called_between(
    pool: &PgPool,
    channel: ChannelId,
    from: Timestamp,
    until: Timestamp,
) -> Result<i64, sqlx::Error> {
    let first = ids::earliest_at(from.as_millisecond() - 3_600_000);
    let last = ids::earliest_at(until.as_millisecond() + 1);
    sqlx::query_scalar!(
        r#"select count(*) as "n!" from (
               select from delivery.message m
               where m.id between $2 and $3 and m.channel_id = $1 and m.intended_at between $4 and $5 limit 100) others"#,
        channel.uuid(),
        first,
        last,
        from.to_sqlx() as _,
        until.to_sqlx() as _
    )
    .fetch_one(pool)
    .await
}
