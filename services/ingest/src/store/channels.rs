//! `ingest.channel`, written by `ingest.put_channel_v1` alone.

use ids::ChannelId;
use jiff_sqlx::ToSqlx as _;
use sqlx::PgPool;
use uuid::Uuid;

use crate::channels::{Note, Row};

/// Changes when any channel does. A sum, because the greatest version alone misses a commit that overtakes another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Version {
    rows: i64,
    sum: i64,
}

/// The version of the whole table.
pub async fn version(pool: &PgPool) -> Result<Version, sqlx::Error> {
    let row = sqlx::query!(
        r#"select count(*) as "rows!", coalesce(sum(version), 0)::bigint as "sum!" from ingest.channel"#
    )
    .fetch_one(pool)
    .await?;
    Ok(Version { rows: row.rows, sum: row.sum })
}

/// Every channel that is switched on.
pub async fn all(pool: &PgPool) -> Result<Vec<Row>, sqlx::Error> {
    sqlx::query!(
        r#"select id, slug, provider, account::text as "account!", secrets::text as "secrets!"
           from ingest.channel where not disabled"#
    )
    .map(|row| Row {
        id: ChannelId::from_uuid(row.id),
        slug: row.slug,
        provider: row.provider,
        account: row.account,
        secrets: row.secrets,
    })
    .fetch_all(pool)
    .await
}

/// Forgets who was refused at doors so long ago that nothing is made of it.
pub async fn forget_refused(pool: &PgPool) -> Result<u64, sqlx::Error> {
    let done =
        sqlx::query!("delete from ingest.door_refused where minute < clock_timestamp() - interval '8 days'");
    Ok(done.execute(pool).await?.rows_affected())
}

/// Notes what was seen at doors. Of two replicas' notes the later one stays.
pub async fn note(pool: &PgPool, notes: &[Note]) -> Result<(), sqlx::Error> {
    let channels: Vec<Uuid> = notes.iter().map(|note| note.channel.uuid()).collect();
    let what: Vec<String> = notes.iter().map(|note| note.what.clone()).collect();
    let at: Vec<_> = notes.iter().map(|note| note.at.to_sqlx()).collect();
    sqlx::query!(
        "with seen as (
             select * from unnest($1::uuid[], $2::text[], $3::timestamptz[]) s (channel_id, what, at)
         ), refused as (
             insert into ingest.door_refused (channel_id, minute)
             select s.channel_id, date_trunc('minute', s.at) from seen s where s.what = 'refused' order by 1
             on conflict do nothing)
         insert into ingest.door_note as n (channel_id, what, at)
         select * from seen order by 1, 2
         on conflict (channel_id, what) do update set at = greatest(n.at, excluded.at)",
        &channels,
        &what,
        &at as _
    )
    .execute(pool)
    .await?;
    Ok(())
}
