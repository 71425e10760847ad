//! The queue for operators: numbers, failures, and what was done to it.

use std::collections::BTreeMap;

use ids::{ChannelId, InstanceId, MessageId};
use jiff::Timestamp;
use sqlx::PgPool;
use uuid::Uuid;

use super::channels::ChannelOverview;

/// What the overview of a channel does not say.
#[derive(Clone, Debug, Default)]
pub struct More {
    /// Being called now.
    pub pending: i64,
    /// Given up, not resolved.
    pub dead: i64,
    /// Milliseconds since it last drew on its rate.
    pub idle_ms: i64,
}

/// More about channels, by id.
///
/// # Errors
/// Whatever the database says.
pub async fn more(
    pool: &PgPool,
    channels: &[ChannelOverview],
) -> Result<BTreeMap<ChannelId, More>, sqlx::Error> {
    let ids: Vec<_> = channels.iter().map(|channel| channel.id.uuid()).collect();
    let rows = sqlx::query!(
        r#"select c.id as "id!",
                  (select count(*) from delivery.message m where m.channel_id = c.id and m.state = 'intended') as "pending!",
                  coalesce(d.dead, 0) as "dead!",
                  -- Where the provider wants nothing for a while, its time is to come.
                  greatest(coalesce(extract(epoch from clock_timestamp() - b.at) * 1000, 0), 0)::bigint as "idle_ms!"
           from unnest($1::uuid[]) c (id)
           left join delivery.bucket b on b.channel_id = c.id
           left join (select m.channel_id, count(*) as dead from delivery.message m
                      where m.state in ('dead', 'failed') and m.resolution is null
                        and (m.state = 'dead' or m.judged_at is not null)
                      group by m.channel_id) d on d.channel_id = c.id"#,
        &ids
    )
    .fetch_all(pool)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| {
            (
                ChannelId::from_uuid(row.id),
                More { pending: row.pending, dead: row.dead, idle_ms: row.idle_ms },
            )
        })
        .collect())
}

/// The newest message of the last hour that the provider took.
///
/// # Errors
/// Whatever the database says.
pub async fn last_delivered(
    pool: &PgPool,
    channel: Option<ChannelId>,
    now: Timestamp,
) -> Result<Option<MessageId>, sqlx::Error> {
    let since = ids::earliest_at(now.as_millisecond() - 3_600_000);
    let id = sqlx::query_scalar!(
        "select m.id from delivery.message m
         where m.id > $1 and m.state = 'sent' and ($2::uuid is null or m.channel_id = $2) order by m.id desc limit 1",
        since,
        channel.map(|id| id.uuid())
    )
    .fetch_optional(&mut *postgres::browse(pool).await?)
    .await?;
    Ok(id.map(MessageId::from_uuid))
}

/// A channel by its id or its slug.
///
/// # Errors
/// Whatever the database says.
pub async fn channel(pool: &PgPool, name: &str) -> Result<Option<ChannelId>, sqlx::Error> {
    let id: Option<ChannelId> = name.parse().ok();
    let id = sqlx::query_scalar!(
        "select id from delivery.channel where id = $1 or slug = $2 order by id = $1 desc nulls last limit 1",
        id.map(|id| id.uuid()),
        name
    )
    .fetch_optional(pool)
    .await?;
    Ok(id.map(ChannelId::from_uuid))
}

/// Numbers of a queue.
#[derive(Clone, Debug, Default)]
pub struct Stats {
    /// To be sent now.
    pub waiting: i64,
    /// Being called.
    pub active: i64,
    /// To be sent later.
    pub delayed: i64,
    /// By state, raised by receipts, of messages queued since.
    pub by_state: BTreeMap<String, i64>,
}

/// Counts a queue, and what was queued since a time.
///
/// # Errors
/// Whatever the database says.
pub async fn stats(
    pool: &PgPool,
    channel: Option<ChannelId>,
    since: Timestamp,
) -> Result<Stats, sqlx::Error> {
    let mut reading = postgres::browse(pool).await?;
    let channel = channel.map(|id| id.uuid());
    let now = sqlx::query!(
        r#"select count(*) filter (where state = 'queued' and due_at <= clock_timestamp()) as "waiting!",
                  count(*) filter (where state = 'intended') as "active!",
                  count(*) filter (where state = 'queued' and due_at > clock_timestamp()) as "delayed!"
           from delivery.message where state in ('queued', 'intended') and ($1::uuid is null or channel_id = $1)"#,
        channel
    )
    .fetch_one(&mut *reading)
    .await?;
    let states = sqlx::query!(
        r#"select case when m.state <> 'sent' then m.state when r.rank >= 4 then 'read' when r.rank = 3 then 'delivered'
                       else 'sent' end as "state!", count(*) as "many!"
           from delivery.message m
           left join delivery.receipt r on m.state = 'sent' and r.channel_id = m.channel_id and r.provider_id = m.provider_id
           where m.id > $1 and ($2::uuid is null or m.channel_id = $2) group by 1"#,
        ids::earliest_at(since.as_millisecond()),
        channel
    )
    .fetch_all(&mut *reading)
    .await?;
    let by_state = states.into_iter().map(|row| (row.state, row.many)).collect();
    Ok(Stats { waiting: now.waiting, active: now.active, delayed: now.delayed, by_state })
}

/// A message that failed.
#[derive(Clone, Debug)]
pub struct Failed {
    /// Its id.
    pub id: MessageId,
    /// The recipient. Never logged.
    pub to: String,
    /// What it says. Customers' data.
    pub text: String,
    /// Calls.
    pub attempts: i32,
    /// When.
    pub failed_at: Timestamp,
    /// Why.
    pub reason: Option<serde_json::Value>,
}

/// What failed and nobody has resolved, the newest first.
///
/// # Errors
/// Whatever the database says.
pub async fn failures(
    pool: &PgPool,
    channel: Option<ChannelId>,
    most: i64,
) -> Result<Vec<Failed>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"select id, to_address, body ->> 'text' as text, attempts, settled_at as "settled_at!", reason
           from delivery.message
           where state in ('dead', 'failed') and resolution is null and (state = 'dead' or judged_at is not null)
             and ($1::uuid is null or channel_id = $1)
           order by settled_at desc, id desc limit $2"#,
        channel.map(|id| id.uuid()),
        most
    )
    .fetch_all(&mut *postgres::browse(pool).await?)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| Failed {
            id: MessageId::from_uuid(row.id),
            to: row.to_address,
            text: row.text.unwrap_or_default(),
            attempts: row.attempts,
            failed_at: row.settled_at.to_jiff(),
            reason: row.reason,
        })
        .collect())
}

/// Live processes of this service.
///
/// # Errors
/// Whatever the database says.
pub async fn workers(pool: &PgPool) -> Result<Vec<InstanceId>, sqlx::Error> {
    let ids = sqlx::query_scalar!("select id from delivery.instance where delivery.is_live(id) order by id")
        .fetch_all(pool)
        .await?;
    Ok(ids.into_iter().map(InstanceId::from_uuid).collect())
}

/// Channels with something to do.
///
/// # Errors
/// Whatever the database says.
pub async fn busy(pool: &PgPool) -> Result<Vec<(Uuid, i64)>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"select channel_id, count(*) as "many!" from delivery.message where state in ('queued', 'intended')
           group by channel_id"#
    )
    .fetch_all(pool)
    .await?;
    Ok(rows.into_iter().map(|row| (row.channel_id, row.many)).collect())
}
