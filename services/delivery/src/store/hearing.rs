//! `delivery.hearing`: which channels are to be looked at, and what was found; and what ingest says about their traffic.

use std::collections::HashMap;
use std::time::Duration;

use ids::{ChannelId, TenantId};
use jiff::Timestamp;
use jiff_sqlx::ToSqlx;
use serde_json::Value;
use sqlx::{PgConnection, PgPool};
use tracing::warn;
use uuid::Uuid;

use super::canaries::is_missing;
use crate::domain::baseline::Hour;
use crate::domain::door::Door;
use crate::domain::hearing::{Because, Deafness, Heard, Known, Receipts};

/// A channel that is due.
#[derive(Clone, Debug)]
pub struct Due {
    /// Which.
    pub channel: ChannelId,
    /// Its name.
    pub slug: String,
    /// evolution, meta or twilio.
    pub provider: String,
    /// It has a number to write to.
    pub has_own_address: bool,
    /// Switched off.
    pub disabled: bool,
    /// Its door.
    pub door: Door,
    /// How often a canary is due; `None`: as the service is set. Zero: never.
    pub canary_every: Option<Duration>,
    /// Canaries of the last 24 hours.
    pub canaries: i64,
    /// What is remembered.
    pub known: Known,
    /// The silence that was judged began then …
    pub judged_at: Option<Timestamp>,
    /// … and fits until then.
    pub fits_until: Option<Timestamp>,
    /// Messages without a receipt were noted within the last hour.
    pub silent_lately: bool,
    /// The claim.
    claim: Timestamp,
}

/// Takes channels that are due, for `lease`.
///
/// # Errors
/// Whatever the database says.
pub async fn claim(pool: &PgPool, most: i64, lease: Duration) -> Result<Vec<Due>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"with due as (
               select channel_id from delivery.hearing where due_at <= clock_timestamp()
               order by due_at limit $1 for update skip locked
           ), taken as (
               update delivery.hearing h set due_at = clock_timestamp() + make_interval(secs => $2)
               from due d where h.channel_id = d.channel_id returning h.*
           )
           select t.channel_id, t.since, t.due_at, t.asked_at, t.proven_at, t.doubt, t.judged_at, t.fits_until, t.deaf, t.trusted_at,
                  coalesce(t.silent_at > clock_timestamp() - interval '1 hour', false) as "silent_lately!",
                  c.slug, c.provider, c.disabled, c.door, c.canary_every, c.own_address is not null as "has_own_address!",
                  (select count(*) from delivery.canary y
                   where y.channel_id = t.channel_id and y.sent_at > clock_timestamp() - interval '1 day') as "canaries!"
           from taken t join delivery.channel c on c.id = t.channel_id"#,
        most,
        lease.as_secs_f64()
    )
    .fetch_all(pool)
    .await?;
    let time = |at: Option<jiff_sqlx::Timestamp>| at.map(jiff_sqlx::Timestamp::to_jiff);
    Ok(rows
        .into_iter()
        .map(|row| Due {
            channel: ChannelId::from_uuid(row.channel_id),
            provider: row.provider,
            has_own_address: row.has_own_address,
            disabled: row.disabled,
            door: serde_json::from_value(row.door).unwrap_or(Door::OPEN),
            canary_every: row.canary_every.and_then(|every| Duration::try_from_secs_f64(every).ok()),
            canaries: row.canaries,
            known: Known {
                listened_since: row.since.to_jiff(),
                asked_at: time(row.asked_at),
                proven_at: time(row.proven_at),
                doubt: row.doubt.and_then(|word| word.parse().ok()),
                deaf: row.deaf.and_then(|deaf| readable(&row.slug, deaf)),
                trusted_at: time(row.trusted_at),
            },
            judged_at: time(row.judged_at),
            fits_until: time(row.fits_until),
            silent_lately: row.silent_lately,
            claim: row.due_at.to_jiff(),
            slug: row.slug,
        })
        .collect())
}

fn readable(channel: &str, deaf: Value) -> Option<Deafness> {
    serde_json::from_value(deaf)
        .inspect_err(
            |error| warn!(channel, %error, "why a channel is deaf cannot be read; it is found out anew"),
        )
        .ok()
}

/// Writes what was found, and when to look again. `false`: somebody else has looked meanwhile, and nothing is written.
///
/// # Errors
/// Whatever the database says.
pub async fn put(pool: &PgPool, due: &Due, again: Duration) -> Result<bool, sqlx::Error> {
    let Known { asked_at, proven_at, doubt, deaf, trusted_at, .. } = &due.known;
    let deaf = deaf.as_ref().map(serde_json::to_value).transpose();
    let done = sqlx::query!(
        "update delivery.hearing
         set due_at = clock_timestamp() + make_interval(secs => $3), asked_at = $4, proven_at = $5, doubt = $6, judged_at = $7,
             fits_until = $8, deaf = $9, trusted_at = $10
         where channel_id = $1 and due_at = $2",
        due.channel.uuid(),
        due.claim.to_sqlx() as _,
        again.as_secs_f64(),
        asked_at.map(ToSqlx::to_sqlx) as _,
        proven_at.map(ToSqlx::to_sqlx) as _,
        doubt.map(Because::as_str),
        due.judged_at.map(ToSqlx::to_sqlx) as _,
        due.fits_until.map(ToSqlx::to_sqlx) as _,
        deaf.map_err(|error| sqlx::Error::Encode(error.into()))?,
        trusted_at.map(ToSqlx::to_sqlx) as _
    )
    .execute(pool)
    .await?;
    Ok(done.rows_affected() > 0)
}

/// What ingest says came through channels. Empty where ingest is not migrated yet.
///
/// # Errors
/// Whatever the database says.
pub async fn heard(pool: &PgPool, channels: &[Uuid]) -> Result<HashMap<ChannelId, Heard>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"select channel_id as "channel_id!", heard_at, inbound_at, receipt_at, missed as "missed!", missed_at
           from ingest.heard_v1($1)"#,
        channels
    );
    let rows = match rows.fetch_all(pool).await {
        Err(error) if is_missing(&error) => Vec::new(),
        rows => rows?,
    };
    let time = |at: Option<jiff_sqlx::Timestamp>| at.map(jiff_sqlx::Timestamp::to_jiff);
    let heard = rows.into_iter().map(|row| {
        let heard = Heard {
            at: time(row.heard_at),
            inbound_at: time(row.inbound_at),
            receipt_at: time(row.receipt_at),
            missed: row.missed,
            missed_at: time(row.missed_at),
        };
        (ChannelId::from_uuid(row.channel_id), heard)
    });
    Ok(heard.collect())
}

/// Which hours had traffic, since a time.
///
/// # Errors
/// Whatever the database says.
pub async fn busy_hours(
    pool: &PgPool,
    channel: ChannelId,
    since: Timestamp,
) -> Result<Vec<Hour>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"select hour as "hour!", busy as "busy!" from ingest.busy_hours_v1($1, $2)"#,
        channel.uuid(),
        since.to_sqlx() as _
    )
    .fetch_all(pool)
    .await?;
    Ok(rows.into_iter().map(|row| Hour { at: row.hour.to_jiff(), busy: row.busy.unsigned_abs() }).collect())
}

/// Messages of the last hour that the provider took long enough ago for a receipt.
///
/// # Errors
/// Whatever the database says.
pub async fn receipts(pool: &PgPool, channel: ChannelId, after: Duration) -> Result<Receipts, sqlx::Error> {
    let row = sqlx::query!(
        r#"select count(*) as "taken!", count(*) filter (where m.reason ->> 'cause' = 'no_receipt' and r.rank = 1) as "silent!",
                  count(distinct m.to_address) filter (where m.reason ->> 'cause' = 'no_receipt' and r.rank = 1) as "people!"
           from delivery.message m
           left join delivery.receipt r on r.channel_id = m.channel_id and r.provider_id = m.provider_id
           -- Ids tell when a message was made, so the primary key finds the last hours.
           where m.id > (select uuidv7(-make_interval(secs => $2) - interval '2 hours')) and m.channel_id = $1 and m.state = 'sent'
             and m.settled_at between clock_timestamp() - make_interval(secs => $2) - interval '1 hour'
                                  and clock_timestamp() - make_interval(secs => $2)"#,
        channel.uuid(),
        after.as_secs_f64()
    )
    .fetch_one(&mut *postgres::browse(pool).await?)
    .await?;
    Ok(Receipts { taken: row.taken, silent: row.silent, people: row.people })
}

/// Has ingest look through the provider's list since then. `false`: the provider keeps none, or ingest is not migrated yet.
///
/// # Errors
/// Whatever the database says.
pub async fn repair(pool: &PgPool, channel: ChannelId, since: Timestamp) -> Result<bool, sqlx::Error> {
    let queued = sqlx::query_scalar!(
        r#"select ingest.repair_silence_v1($1, $2) as "queued!""#,
        channel.uuid(),
        since.to_sqlx() as _
    );
    match queued.fetch_one(pool).await {
        Err(error) if is_missing(&error) => Ok(false),
        queued => queued,
    }
}

/// It hears, by somebody's word: whoever looks at it now writes nothing, and it is looked at anew. Answers with why it was deaf;
/// `None`: it was not.
///
/// # Errors
/// Whatever the database says.
pub async fn end(work: &mut PgConnection, channel: ChannelId) -> Result<Option<Deafness>, sqlx::Error> {
    let was = sqlx::query!(
        r#"with was as (
               select h.channel_id, h.deaf, c.slug from delivery.hearing h join delivery.channel c on c.id = h.channel_id
               where h.channel_id = $1 and h.deaf is not null for update of h
           )
           update delivery.hearing h
           set deaf = null, doubt = null, trusted_at = clock_timestamp(), due_at = clock_timestamp()
           from was where h.channel_id = was.channel_id
           returning was.deaf as "deaf!", was.slug as "slug!""#,
        channel.uuid()
    )
    .fetch_optional(work)
    .await?;
    Ok(was.and_then(|was| readable(&was.slug, was.deaf)))
}

/// A deaf channel is asked as soon as anybody looks.
///
/// # Errors
/// Whatever the database says.
pub async fn ask_soon(pool: &PgPool, channel: ChannelId) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update delivery.hearing set due_at = clock_timestamp(), asked_at = null where channel_id = $1 and deaf is not null",
        channel.uuid()
    )
    .execute(pool)
    .await?;
    Ok(())
}

/// A channel that is deaf now.
#[derive(Clone, Debug)]
pub struct Current {
    /// Which.
    pub channel: ChannelId,
    /// Whose.
    pub tenant: TenantId,
    /// Its name.
    pub slug: String,
    /// Since when and why, with what to do.
    pub deaf: Deafness,
}

/// The channels that are deaf now, by name.
///
/// # Errors
/// Whatever the database says.
pub async fn current(pool: &PgPool) -> Result<Vec<Current>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"select c.id, c.tenant_id, c.slug, h.deaf as "deaf!" from delivery.hearing h join delivery.channel c on c.id = h.channel_id
           where h.deaf is not null order by c.slug"#
    )
    .fetch_all(pool)
    .await?;
    Ok(rows
        .into_iter()
        .filter_map(|row| {
            let deaf = readable(&row.slug, row.deaf)?;
            let (channel, tenant) = (ChannelId::from_uuid(row.id), TenantId::from_uuid(row.tenant_id));
            Some(Current { channel, tenant, slug: row.slug, deaf })
        })
        .collect())
}
