//! Which process has which channels, and should have.

use ids::InstanceId;
use sqlx::PgPool;
use uuid::Uuid;

/// Channels that this instance may take, with whether an operator wants it to have them; and how many one should hold.
///
/// # Errors
/// Whatever the database says.
pub async fn unowned(pool: &PgPool, me: InstanceId) -> Result<(Vec<(Uuid, bool)>, usize), sqlx::Error> {
    let rows = sqlx::query!(
        r#"select key as "key!", fair_share as "fair_share!", wished as "wished!" from delivery.unowned($1)"#,
        me.uuid()
    )
    .fetch_all(pool)
    .await?;
    let share = rows.first().map_or(0, |row| row.fair_share);
    let keys = rows.into_iter().map(|row| (row.key, row.wished)).collect();
    Ok((keys, usize::try_from(share).unwrap_or_default()))
}

/// What an instance should hand back.
#[derive(Clone, Debug, Default)]
pub struct ShareOut {
    /// So many, because another one has fewer than its share.
    pub surplus: usize,
    /// These, because an operator wants another one to have them.
    pub away: Vec<Uuid>,
    /// Never these: an operator wants this one to have them.
    pub kept: Vec<Uuid>,
}

/// What this instance should hand back.
///
/// # Errors
/// Whatever the database says.
pub async fn share_out(pool: &PgPool, me: InstanceId) -> Result<ShareOut, sqlx::Error> {
    let row = sqlx::query!(
        r#"select surplus as "surplus!", away as "away!", kept as "kept!" from delivery.share_out($1)"#,
        me.uuid()
    )
    .fetch_optional(pool)
    .await?;
    Ok(row.map_or_else(ShareOut::default, |row| ShareOut {
        surplus: usize::try_from(row.surplus).unwrap_or_default(),
        away: row.away,
        kept: row.kept,
    }))
}
