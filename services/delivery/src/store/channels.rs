//! `delivery.channel` and its bucket, for owners and for people who look.

use std::collections::BTreeMap;

use ids::{ChannelId, InstanceId, TenantId};
use jiff::{Timestamp, civil::Date};
use serde::de::DeserializeOwned;
use serde_json::Value;
use sqlx::PgPool;
use tracing::warn;
use uuid::Uuid;

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
