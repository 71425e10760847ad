//! `delivery.channel`, its bucket, and what was said about its connection.

use std::collections::BTreeMap;

use ids::{ChannelId, InstanceId, TenantId};
use jiff::{Timestamp, civil::Date};
use jiff_sqlx::ToSqlx as _;
use serde::de::DeserializeOwned;
use serde_json::Value;
use sqlx::PgPool;
use tracing::warn;
use uuid::Uuid;

use super::queue_actions::Asker;
use crate::domain::{door::Door, hearing::Deafness, quiet::QuietHours, rate::Bucket};

/// A channel as its owner needs it.
#[derive(Clone, Debug)]
pub struct ChannelRow {
    /// Its id.
    pub id: ChannelId,
    /// Its tenant.
    pub tenant_id: TenantId,
    /// Its name.
    pub slug: String,
    /// evolution, meta or twilio.
    pub provider: String,
    /// Where it is at the provider.
    pub account: Value,
    /// The number itself.
    pub own_address: Option<String>,
    /// It is switched off.
    pub disabled: bool,
    /// References to its secrets.
    pub secrets: BTreeMap<String, String>,
    /// Changes with any setting.
    pub changed_at: Timestamp,
    /// The door.
    pub door: Door,
    /// The bucket.
    pub bucket: Bucket,
    /// Since when its number is new.
    pub new_since: Option<Date>,
    /// When it keeps quiet.
    pub quiet_hours: Option<QuietHours>,
}

/// The rows of channels.
///
/// # Errors
/// Whatever the database says.
pub async fn read(pool: &PgPool, ids: &[Uuid]) -> Result<Vec<ChannelRow>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"select c.id, c.tenant_id, c.slug, c.provider, c.account, c.own_address, c.disabled, c.secrets, c.tokens_per_second,
                  c.bucket_capacity, c.door, c.quiet_hours, c.new_since::text, c.changed_at, b.tokens, b.at
           from delivery.channel c join delivery.bucket b on b.channel_id = c.id
           where c.id = any ($1) order by c.slug"#,
        ids
    )
    .fetch_all(pool)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| ChannelRow {
            id: ChannelId::from_uuid(row.id),
            tenant_id: TenantId::from_uuid(row.tenant_id),
            provider: row.provider,
            account: row.account,
            own_address: row.own_address,
            disabled: row.disabled,
            secrets: readable(&row.slug, "secrets", row.secrets, BTreeMap::new()),
            changed_at: row.changed_at.to_jiff(),
            door: readable(&row.slug, "door", row.door, Door::OPEN),
            new_since: row.new_since.and_then(|date| date.parse().ok()),
            quiet_hours: row.quiet_hours.and_then(|rule| readable(&row.slug, "quiet_hours", rule, None)),
            bucket: Bucket {
                tokens: row.tokens,
                at: row.at.to_jiff(),
                per_second: row.tokens_per_second,
                capacity: row.bucket_capacity as u32,
            },
            slug: row.slug,
        })
        .collect())
}

/// One channel that cannot be read must not keep the others: without its secrets it is parked and says so, and a door that
/// nobody can read is tried.
fn readable<T: DeserializeOwned>(channel: &str, column: &'static str, value: Value, otherwise: T) -> T {
    serde_json::from_value(value).unwrap_or_else(|error| {
        warn!(channel, column, %error, "a column of delivery.channel cannot be read; declare the channel again");
        otherwise
    })
}

/// What tells an owner that it has to read something again.
#[derive(Clone, Copy, Debug)]
pub struct Version {
    /// The channel.
    pub id: ChannelId,
    /// Changes with any setting.
    pub changed_at: Timestamp,
    /// Changes with anything known of its templates.
    pub templates_at: Timestamp,
    /// When the provider's list of templates is to be read.
    pub templates_due_at: Timestamp,
}

/// The versions of channels.
///
/// # Errors
/// Whatever the database says.
pub async fn versions(pool: &PgPool, ids: &[Uuid]) -> Result<Vec<Version>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"select id, changed_at, templates_at, greatest(templates_due_at, 'epoch') as "templates_due_at!"
           from delivery.channel where id = any ($1)"#,
        ids
    )
    .fetch_all(pool)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| Version {
            id: ChannelId::from_uuid(row.id),
            changed_at: row.changed_at.to_jiff(),
            templates_at: row.templates_at.to_jiff(),
            templates_due_at: row.templates_due_at.to_jiff(),
        })
        .collect())
}

/// Writes the door, as its owner at this epoch only, and its history where the word for it changes. `false`: somebody else
/// owns the channel.
///
/// # Errors
/// Whatever the database says.
pub async fn put_door(
    pool: &PgPool,
    me: InstanceId,
    channel: ChannelId,
    epoch: i64,
    door: &Door,
) -> Result<bool, sqlx::Error> {
    let (word, words) = (door.as_str(), door.closure().map(|closure| closure.why.advice().words));
    let door = serde_json::to_value(door).map_err(|error| sqlx::Error::Encode(error.into()))?;
    sqlx::query_scalar!(
        r#"with put as (
               update delivery.channel c set door = $4
               from delivery.work w where c.id = $2 and w.key = c.id and w.owner = $1 and w.epoch = $3
               returning c.id
           ), noted as (
               insert into delivery.channel_history (channel_id, what, door, explanation)
               select p.id, 'door', $5, $6 from put p
               where $5 <> coalesce((select h.door from delivery.channel_history h
                                     where h.channel_id = p.id and h.what = 'door' order by h.at desc limit 1), 'open')
               on conflict do nothing)
           select exists (select from put) as "mine!""#,
        me.uuid(),
        channel.uuid(),
        epoch,
        door,
        word,
        words
    )
    .fetch_one(pool)
    .await
}

/// Writes that the provider wants nothing of a channel before `until`, as its owner at this epoch only: its bucket, so that another
/// owner keeps to it, and its history, for timelines.
///
/// # Errors
/// Whatever the database says.
pub async fn put_slow(
    pool: &PgPool,
    me: InstanceId,
    channel: ChannelId,
    epoch: i64,
    bucket: &Bucket,
    until: Timestamp,
    words: &str,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "with put as (
             update delivery.bucket b set tokens = $4, at = $5
             from delivery.work w where b.channel_id = $2 and w.key = b.channel_id and w.owner = $1 and w.epoch = $3
             returning b.channel_id
         )
         insert into delivery.channel_history (channel_id, what, until, explanation)
         select p.channel_id, 'slow', $6, $7 from put p
         on conflict do nothing",
        me.uuid(),
        channel.uuid(),
        epoch,
        bucket.tokens,
        bucket.at.to_sqlx() as _,
        until.to_sqlx() as _,
        words
    )
    .execute(pool)
    .await?;
    Ok(())
}

/// What was said about a channel's connection, or wanted of its door.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChannelEvent {
    /// Its number.
    pub id: i64,
    /// The channel.
    pub channel: ChannelId,
    /// open, connecting, closed, refused; pause, resume, probe.
    pub state: String,
    /// The provider's reason code.
    pub code: Option<i32>,
}

/// The unhandled events of owned channels, oldest first. Handling one twice is harmless.
///
/// # Errors
/// Whatever the database says.
pub async fn events(pool: &PgPool, me: InstanceId) -> Result<Vec<ChannelEvent>, sqlx::Error> {
    let rows = sqlx::query!(
        "select e.id, e.channel_id, e.state, e.code
         from delivery.channel_event e join delivery.work w on w.key = e.channel_id
         where w.owner = $1 and e.handled_at is null order by e.id",
        me.uuid()
    )
    .fetch_all(pool)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| ChannelEvent {
            id: row.id,
            channel: ChannelId::from_uuid(row.channel_id),
            state: row.state,
            code: row.code,
        })
        .collect())
}

/// Notes that events were handled.
///
/// # Errors
/// Whatever the database says; then they are handled once more.
pub async fn events_handled(pool: &PgPool, events: &[i64]) -> Result<(), sqlx::Error> {
    if events.is_empty() {
        return Ok(());
    }
    sqlx::query!(
        "update delivery.channel_event set handled_at = clock_timestamp() where id = any ($1)",
        events
    )
    .execute(pool)
    .await?;
    Ok(())
}

/// Asks the channel's owner for something: pause, resume or probe, and writes down who asked, if somebody did. Answers with the
/// event's number; `None`: there is no such channel.
///
/// # Errors
/// Whatever the database says.
pub async fn ask(
    pool: &PgPool,
    channel: ChannelId,
    what: &'static str,
    asker: Option<&Asker>,
) -> Result<Option<i64>, sqlx::Error> {
    sqlx::query_scalar!(
        r#"with asked as (
               insert into delivery.channel_event (channel_id, state) select id, $2 from delivery.channel where id = $1
               returning id
           ), noted as (
               insert into delivery.queue_action (action, channel_id, count, role, asked_by, reason, correlation_id)
               select $2, $1, (select count(*) from delivery.message m
                               where m.channel_id = $1 and m.state in ('queued', 'intended')), $3, $4, $5, $6
               from asked where $3::text is not null)
           select id as "id!" from asked"#,
        channel.uuid(),
        what,
        asker.map(|asker| asker.role.as_str()),
        asker.map(|asker| asker.asked_by.as_str()),
        asker.map(|asker| asker.reason.as_str()),
        asker.map(|asker| asker.correlation_id)
    )
    .fetch_optional(pool)
    .await
}

/// Notes what the provider said about a channel's connection when it was asked; the owner moves the door by it.
///
/// # Errors
/// Whatever the database says.
pub async fn note_state(
    pool: &PgPool,
    channel: ChannelId,
    state: &'static str,
    code: Option<i32>,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into delivery.channel_event (channel_id, state, code) values ($1, $2, $3)",
        channel.uuid(),
        state,
        code
    )
    .execute(pool)
    .await?;
    Ok(())
}

/// Whether the channel's owner has handled an event.
///
/// # Errors
/// Whatever the database says.
pub async fn is_handled(pool: &PgPool, event: i64) -> Result<bool, sqlx::Error> {
    let handled = sqlx::query_scalar!(
        r#"select handled_at is not null as "handled!" from delivery.channel_event where id = $1"#,
        event
    );
    Ok(handled.fetch_optional(pool).await?.unwrap_or(true))
}

/// A channel for people who look.
#[derive(Clone, Debug)]
pub struct ChannelOverview {
    /// Its id.
    pub id: ChannelId,
    /// Its tenant.
    pub tenant_id: TenantId,
    /// Its name.
    pub slug: String,
    /// evolution, meta or twilio.
    pub provider: String,
    /// The door.
    pub door: Door,
    /// Sending rate.
    pub tokens_per_second: f64,
    /// Burst.
    pub bucket_capacity: f64,
    /// Messages that could go, or are tried again.
    pub depth: i64,
    /// Messages for later: scheduled, held by a rule, of a paused campaign.
    pub later: i64,
    /// Since when the oldest of `depth` waits.
    pub oldest_at: Option<Timestamp>,
    /// Outcomes of a day that nobody knows.
    pub unknown: i64,
    /// The instance that sends for it.
    pub owner: Option<InstanceId>,
    /// Since when and why nothing comes through it.
    pub deaf: Option<Deafness>,
}

/// Channels with their backlog, by slug.
///
/// # Errors
/// Whatever the database says.
pub async fn overview(
    pool: &PgPool,
    id: Option<ChannelId>,
    tenant: Option<TenantId>,
) -> Result<Vec<ChannelOverview>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"select c.id, c.tenant_id, c.slug, c.provider, c.door, c.tokens_per_second, c.bucket_capacity, w.owner as "owner?",
                  h.deaf as "deaf?",
                  b.depth as "depth!", b.later as "later!", b.oldest_at, b.unknown as "unknown!"
           from delivery.channel c
           left join delivery.work w on w.key = c.id and delivery.is_live(w.owner)
           left join delivery.hearing h on h.channel_id = c.id
           cross join lateral (
               select count(*) filter (where not x.later) as depth, count(*) filter (where x.later) as later,
                      -- What was for later waits since its time.
                      min(greatest(m.created_at, case when m.attempts = 0 then m.due_at end)) filter (where not x.later) as oldest_at,
                      -- Counted apart: each has an index of its own, and the rest of the table is history.
                      (select count(*) from delivery.message u where u.channel_id = c.id and u.state = 'unknown'
                          and u.settled_at > clock_timestamp() - interval '24 hours') as unknown
               from delivery.message m cross join lateral (select delivery.is_later(m.attempts, m.due_at, m.reason) as later) x
               where m.channel_id = c.id and m.state in ('queued', 'intended')
           ) b
           where ($1::uuid is null or c.id = $1) and ($2::uuid is null or c.tenant_id = $2)
           order by c.slug"#,
        id.map(|id| id.uuid()),
        tenant.map(|id| id.uuid())
    )
    .fetch_all(pool)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| ChannelOverview {
            id: ChannelId::from_uuid(row.id),
            tenant_id: TenantId::from_uuid(row.tenant_id),
            provider: row.provider,
            door: readable(&row.slug, "door", row.door, Door::OPEN),
            tokens_per_second: row.tokens_per_second,
            bucket_capacity: row.bucket_capacity,
            depth: row.depth,
            later: row.later,
            oldest_at: row.oldest_at.map(jiff_sqlx::Timestamp::to_jiff),
            unknown: row.unknown,
            owner: row.owner.map(InstanceId::from_uuid),
            deaf: row.deaf.and_then(|deaf| readable(&row.slug, "deaf", deaf, None)),
            slug: row.slug,
        })
        .collect())
}
