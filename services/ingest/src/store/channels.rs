//! `ingest.channel`, written by `ingest.put_channel_v1` alone.

use ids::ChannelId;
use sqlx::PgPool;

use crate::channels::Row;

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

/// Every channel.
pub async fn all(pool: &PgPool) -> Result<Vec<Row>, sqlx::Error> {
    sqlx::query!(
        r#"select id, slug, provider, account::text as "account!", secrets::text as "secrets!"
           from ingest.channel"#
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
