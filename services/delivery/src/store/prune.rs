//! Old rows go, so many in a statement that none holds locks or its connection for long. Several processes may at once.

use jiff::Timestamp;
use jiff_sqlx::{Timestamp as Stamp, ToSqlx as _};
use sqlx::PgPool;
use uuid::Uuid;

/// Rows in one statement.
pub const ROWS: u64 = 500;
/// The same for the database.
const MOST: i64 = ROWS.cast_signed();
/// Receipts looked at in one statement.
const LOOKED_AT: i64 = 2000;

/// Messages made and settled before `before`, with their calls and receipts. What is not settled stays, and so does a dead one that
/// nobody has replayed or discarded: it waits for a person. The oldest first, by id, which begins with its time.
///
/// # Errors
/// Whatever the database says.
pub async fn messages(pool: &PgPool, before: Timestamp) -> Result<u64, sqlx::Error> {
    let done = sqlx::query!(
        "with old as (
             select m.id from delivery.message m
             where m.id < $1 and m.settled_at < $2 and m.state not in ('queued', 'intended', 'unknown')
               and not (m.state in ('dead', 'failed') and m.resolution is null)
               -- A campaign is told of by its messages for as long as it is kept itself.
               and not exists (select from delivery.campaign c where m.cause = 'campaign:' || c.id)
             order by m.id limit $3 for update skip locked
         ), receipts as (
             delete from delivery.receipt r using old where r.message_id = old.id
         ), attempts as (
             delete from delivery.attempt a using old where a.message_id = old.id
         )
         delete from delivery.message m using old where m.id = old.id",
        ids::earliest_at(before.as_millisecond()),
        before.to_sqlx() as Stamp,
        MOST
    );
    Ok(done.execute(pool).await?.rows_affected())
}

/// A place in the table of receipts.
pub type Receipt = (Uuid, String);

/// Looks at some receipts after a place and deletes those of messages that were not ours (staff write by phone, too) and that
/// say nothing newer than `before`. Answers with the last one looked at; none: that was the end of the table.
///
/// # Errors
/// Whatever the database says.
pub async fn strange_receipts(
    pool: &PgPool,
    after: Option<Receipt>,
    before: Timestamp,
) -> Result<Option<Receipt>, sqlx::Error> {
    let (channel, provider_id) = after.unwrap_or_default();
    let last = sqlx::query!(
        r#"with looked_at as (
               select r.channel_id, r.provider_id, r.message_id,
                      greatest(r.sent_at, r.delivered_at, r.read_at, r.failed_at) as newest
               from delivery.receipt r where (r.channel_id, r.provider_id) > ($1, $2)
               order by r.channel_id, r.provider_id limit $3
           ), gone as (
               delete from delivery.receipt r using looked_at l
               where l.message_id is null and l.newest < $4
                 and r.channel_id = l.channel_id and r.provider_id = l.provider_id and r.message_id is null
           )
           select channel_id, provider_id from looked_at order by 1 desc, 2 desc limit 1"#,
        channel,
        provider_id,
        LOOKED_AT,
        before.to_sqlx() as Stamp
    )
    .fetch_optional(pool)
    .await?;
    Ok(last.map(|row| (row.channel_id, row.provider_id)))
}

/// Campaigns that ended before `before`: first their recipients, then, when none is left, themselves.
///
/// # Errors
/// Whatever the database says.
pub async fn campaigns(pool: &PgPool, before: Timestamp) -> Result<u64, sqlx::Error> {
    let done = sqlx::query!(
        "with old as (
             select c.id from delivery.campaign c where c.state in ('done', 'cancelled') and c.ended_at < $1
         ), batch as (
             select r.campaign_id, r.n from delivery.campaign_recipient r join old on old.id = r.campaign_id
             limit $2 for update of r skip locked
         ), ended as (
             delete from delivery.campaign c using old
             where c.id = old.id and not exists (select from delivery.campaign_recipient r where r.campaign_id = c.id)
         )
         delete from delivery.campaign_recipient r using batch b where r.campaign_id = b.campaign_id and r.n = b.n",
        before.to_sqlx() as Stamp,
        MOST
    );
    Ok(done.execute(pool).await?.rows_affected())
}

/// What operators did to the queue before `before`.
///
/// # Errors
/// Whatever the database says.
pub async fn queue_actions(pool: &PgPool, before: Timestamp) -> Result<u64, sqlx::Error> {
    let done = sqlx::query!(
        "delete from delivery.queue_action where id in (
             select q.id from delivery.queue_action q where q.at < $1 limit $2 for update skip locked)",
        before.to_sqlx() as Stamp,
        MOST
    );
    Ok(done.execute(pool).await?.rows_affected())
}

/// What providers said about channels, once it was handled.
///
/// # Errors
/// Whatever the database says.
pub async fn channel_events(pool: &PgPool, before: Timestamp) -> Result<u64, sqlx::Error> {
    let done = sqlx::query!(
        "delete from delivery.channel_event where id in (
             select e.id from delivery.channel_event e where e.at < $1 and e.handled_at is not null
             order by e.id limit $2 for update skip locked)",
        before.to_sqlx() as Stamp,
        MOST
    );
    Ok(done.execute(pool).await?.rows_affected())
}

/// What providers said about templates.
///
/// # Errors
/// Whatever the database says.
pub async fn template_events(pool: &PgPool, before: Timestamp) -> Result<u64, sqlx::Error> {
    let done = sqlx::query!(
        "delete from delivery.template_event where id in (
             select e.id from delivery.template_event e where e.at < $1 order by e.id limit $2 for update skip locked)",
        before.to_sqlx() as Stamp,
        MOST
    );
    Ok(done.execute(pool).await?.rows_affected())
}

/// When doors closed and opened and owners came. The last word of each kind before `before` stays: it still holds.
///
/// # Errors
/// Whatever the database says.
pub async fn channel_history(pool: &PgPool, before: Timestamp) -> Result<u64, sqlx::Error> {
    let done = sqlx::query!(
        "delete from delivery.channel_history where (channel_id, what, at) in (
             select h.channel_id, h.what, h.at from delivery.channel_history h
             where h.at < $1 and exists (
                 select from delivery.channel_history n
                 where n.channel_id = h.channel_id and n.what = h.what and n.at > h.at and n.at < $1)
             limit $2 for update of h skip locked)",
        before.to_sqlx() as Stamp,
        MOST
    );
    Ok(done.execute(pool).await?.rows_affected())
}
