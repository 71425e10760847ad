//! `ingest.repair`, `ingest.traffic` and `ingest.alive`: what was missed, and how that is noticed.

use std::collections::HashSet;

use ids::ChannelId;
use jiff::Timestamp;
use jiff_sqlx::ToSqlx;
use sqlx::PgPool;
use uuid::Uuid;

use crate::intake::Taken;
use crate::traffic::Noted;

/// A time to be looked through.
#[derive(Debug, Clone)]
pub struct Claimed {
    /// The row.
    pub id: Uuid,
    /// Whose messages.
    pub channel: ChannelId,
    /// Everything before is done.
    pub done_until: Timestamp,
    /// Until then.
    pub until: Timestamp,
    /// How often it was begun.
    pub attempts: i32,
}

/// A row for people who look.
#[derive(Debug, Clone)]
pub struct RepairRow {
    /// The row.
    pub id: Uuid,
    /// Whose messages.
    pub channel: ChannelId,
    /// outage, reconnect, silence or operator.
    pub cause: String,
    /// queued, running, done or failed.
    pub state: String,
    /// From then on.
    pub from: Timestamp,
    /// Until then.
    pub until: Timestamp,
    /// Everything before is done.
    pub done_until: Timestamp,
    /// Messages in the list, handed on, known before, kept, not known before.
    pub counts: [i64; 5],
    /// What stood in the way last.
    pub error: Option<String>,
}

/// By so much each time begins earlier: clocks differ, and marks are written every few seconds.
const MARGIN_SECONDS: f64 = 120.0;

/// Notes that somebody is there to take webhooks in. Answers how many seconds nobody had been, if it is more than
/// `unnoticed` seconds, and queues that time for every channel whose provider keeps a list.
///
/// # Errors
/// Whatever the database says.
pub async fn alive(pool: &PgPool, unnoticed: f64) -> Result<Option<f64>, sqlx::Error> {
    let mut work = pool.begin().await?;
    let was =
        sqlx::query_scalar!("select at from ingest.alive for update").fetch_optional(&mut *work).await?;
    sqlx::query!(
        "insert into ingest.alive (at) values (clock_timestamp()) on conflict (one) do update set at = excluded.at"
    )
    .execute(&mut *work)
    .await?;
    let away = match was {
        None => None,
        Some(at) => sqlx::query_scalar!(
            r#"select extract(epoch from clock_timestamp() - $1)::float8 as "away!""#,
            at as _
        )
        .fetch_optional(&mut *work)
        .await?
        .filter(|away| *away > unnoticed),
    };
    if let (Some(_), Some(at)) = (away, was) {
        sqlx::query!(
            r#"select ingest.queue_repair(c.id, 'outage', $1::timestamptz - make_interval(secs => $2), clock_timestamp()) as "id!"
               from ingest.channel c where c.provider in ('evolution', 'twilio') order by c.id"#,
            at as _,
            MARGIN_SECONDS
        )
        .fetch_all(&mut *work)
        .await?;
    }
    work.commit().await?;
    Ok(away)
}

/// Queues what may have been missed by channels that connected again, from their high-water marks on, and at most a week;
/// then raises the marks of those that were heard of.
///
/// # Errors
/// Whatever the database says.
pub async fn mark(pool: &PgPool, noted: &Noted) -> Result<(), sqlx::Error> {
    let list = |channels: &HashSet<Uuid>| channels.iter().copied().collect::<Vec<_>>();
    let (heard, reconnected) = (list(&noted.heard), list(&noted.reconnected));
    if !reconnected.is_empty() {
        sqlx::query!(
            r#"select ingest.queue_repair(c.id, 'reconnect', greatest(t.last_event_at, d.until_at,
                          clock_timestamp() - interval '7 days') - make_interval(secs => $2), clock_timestamp()) as "id!"
               from ingest.channel c
               left join ingest.traffic t on t.channel_id = c.id
               left join lateral (select max(r.until_at) as until_at from ingest.repair r
                                  where r.channel_id = c.id and r.state = 'done') d on true
               where c.id = any ($1) and c.provider = 'evolution' order by c.id"#,
            &reconnected,
            MARGIN_SECONDS
        )
        .fetch_all(pool)
        .await?;
    }
    if !heard.is_empty() {
        let (channels, hours, slots) = noted.hours();
        sqlx::query!(
            "with busy as (
                 insert into ingest.traffic_hour as h (channel_id, hour, slots)
                 select b.channel_id, to_timestamp(b.hour), b.slots
                 from unnest($4::uuid[], $5::bigint[], $6::int[]) b (channel_id, hour, slots) order by 1, 2
                 on conflict (channel_id, hour) do update set slots = h.slots | excluded.slots
                 where h.slots | excluded.slots <> h.slots)
             insert into ingest.traffic as t (channel_id, last_event_at, last_inbound_at, last_receipt_at)
             select c, clock_timestamp(), case when c = any ($2) then clock_timestamp() end,
                    case when c = any ($3) then clock_timestamp() end
             from unnest($1::uuid[]) c order by c
             on conflict (channel_id) do update
             set last_event_at = excluded.last_event_at,
                 last_inbound_at = coalesce(excluded.last_inbound_at, t.last_inbound_at),
                 last_receipt_at = coalesce(excluded.last_receipt_at, t.last_receipt_at)",
            &heard,
            &list(&noted.customers),
            &list(&noted.receipts),
            &channels,
            &hours,
            &slots
        )
        .execute(pool)
        .await?;
    }
    Ok(())
}

/// Forgets what came so long ago that it says nothing about what usually comes.
///
/// # Errors
/// Whatever the database says.
pub async fn forget_traffic(pool: &PgPool) -> Result<u64, sqlx::Error> {
    let done =
        sqlx::query!("delete from ingest.traffic_hour where hour < clock_timestamp() - interval '36 days'");
    Ok(done.execute(pool).await?.rows_affected())
}

/// Queues a time by hand.
///
/// # Errors
/// Whatever the database says.
pub async fn queue(
    pool: &PgPool,
    channel: ChannelId,
    from: Timestamp,
    until: Timestamp,
) -> Result<Uuid, sqlx::Error> {
    sqlx::query_scalar!(
        r#"select ingest.queue_repair($1, 'operator', $2, $3) as "id!""#,
        channel.uuid(),
        from.to_sqlx() as _,
        until.to_sqlx() as _
    )
    .fetch_one(pool)
    .await
}

/// Takes the next one that is due, or one whose worker is gone, for a minute. `None`: there is none.
///
/// # Errors
/// Whatever the database says.
pub async fn claim(pool: &PgPool) -> Result<Option<Claimed>, sqlx::Error> {
    let row = sqlx::query!(
        "update ingest.repair r
         set state = 'running', attempts = r.attempts + 1, claimed_until = clock_timestamp() + interval '1 minute'
         where r.id = (select x.id from ingest.repair x
                       where ((x.state = 'queued' and x.due_at <= clock_timestamp())
                              or (x.state = 'running' and x.claimed_until < clock_timestamp()))
                         -- One at a time for each channel, so that what is handed on is in its order.
                         and not exists (select from ingest.repair o where o.channel_id = x.channel_id and o.id <> x.id
                                         and o.state = 'running' and o.claimed_until >= clock_timestamp())
                       order by x.due_at limit 1 for update skip locked)
         returning r.id, r.channel_id, r.done_until, r.until_at, r.attempts"
    )
    .fetch_optional(pool)
    .await?;
    Ok(row.map(|row| Claimed {
        id: row.id,
        channel: ChannelId::from_uuid(row.channel_id),
        done_until: row.done_until.to_jiff(),
        until: row.until_at.to_jiff(),
        attempts: row.attempts,
    }))
}

/// A part is done, and the newest of its messages that nobody had known was written at `missed_at`. `false`: more was added in front of it meanwhile, or another worker has it; it is queued.
///
/// # Errors
/// Whatever the database says.
pub async fn advance(
    pool: &PgPool,
    id: Uuid,
    from: Timestamp,
    to: Timestamp,
    found: i64,
    taken: Taken,
    missed_at: Option<Timestamp>,
) -> Result<bool, sqlx::Error> {
    let done = sqlx::query!(
        "update ingest.repair
         set done_until = $3, claimed_until = clock_timestamp() + interval '1 minute', found = found + $4,
             accepted = accepted + $5, duplicates = duplicates + $6, quarantined = quarantined + $7, missed = missed + $8,
             missed_at = greatest(missed_at, $9),
             state = case when $3 >= until_at then 'done' else state end, error = null,
             finished_at = case when $3 >= until_at then clock_timestamp() end
         where id = $1 and state = 'running' and done_until = $2",
        id,
        from.to_sqlx() as _,
        to.to_sqlx() as _,
        found,
        i64::from(taken.accepted),
        i64::from(taken.duplicates),
        i64::from(taken.quarantined),
        i64::from(taken.news),
        missed_at.map(ToSqlx::to_sqlx) as _
    )
    .execute(pool)
    .await?;
    Ok(done.rows_affected() > 0)
}

/// It could not be done now: again in `wait` seconds, or never.
///
/// # Errors
/// Whatever the database says.
pub async fn put_back(pool: &PgPool, id: Uuid, error: &str, wait: Option<f64>) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update ingest.repair
         set state = case when $3::float8 is null then 'failed' else 'queued' end, error = $2,
             due_at = clock_timestamp() + make_interval(secs => coalesce($3, 0)),
             finished_at = case when $3 is null then clock_timestamp() end
         where id = $1 and state = 'running'",
        id,
        error,
        wait
    )
    .execute(pool)
    .await?;
    Ok(())
}

/// The newest.
///
/// # Errors
/// Whatever the database says.
pub async fn list(
    pool: &PgPool,
    channel: Option<ChannelId>,
    most: i64,
) -> Result<Vec<RepairRow>, sqlx::Error> {
    let rows = sqlx::query!(
        "select id, channel_id, cause, state, from_at, until_at, done_until, found, accepted, duplicates, quarantined,
                missed, error
         from ingest.repair where $1::uuid is null or channel_id = $1 order by created_at desc limit $2",
        channel.map(|id| id.uuid()),
        most
    )
    .fetch_all(&mut *postgres::browse(pool).await?)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| RepairRow {
            id: row.id,
            channel: ChannelId::from_uuid(row.channel_id),
            cause: row.cause,
            state: row.state,
            from: row.from_at.to_jiff(),
            until: row.until_at.to_jiff(),
            done_until: row.done_until.to_jiff(),
            counts: [row.found, row.accepted, row.duplicates, row.quarantined, row.missed],
            error: row.error,
        })
        .collect())
}

#[cfg(test)]
mod tests;
