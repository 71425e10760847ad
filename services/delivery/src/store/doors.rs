//! The doors of channels and the limits their providers named, as their owners write them.

use ids::{ChannelId, InstanceId};
use jiff::Timestamp;
use jiff_sqlx::ToSqlx as _;
use sqlx::PgPool;

use crate::domain::{door::Door, rate::Bucket};

/// Writes the door, as its owner at this epoch only, and its history where the word for it changes. `false`: somebody else
/// owns the channel.
///
/// # Errors
/// Whatever the database says.
pub async fn put(
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
pub async fn slow(
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
