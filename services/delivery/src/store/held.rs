//! Repetitions that are held back.

use ids::{ChannelId, MessageId};
use jiff::Timestamp;
use jiff_sqlx::ToSqlx;
use serde_json::Value;
use sqlx::PgPool;
use uuid::Uuid;

use crate::domain::lane::Lane;

/// Holds repetitions back, each until its time. No try is counted.
///
/// # Errors
/// Whatever the database says. Then they are heads again at the next look.
pub async fn hold(pool: &PgPool, held: &[(MessageId, Timestamp)], reason: Value) -> Result<(), sqlx::Error> {
    let ids: Vec<Uuid> = held.iter().map(|(id, _)| id.uuid()).collect();
    let untils: Vec<jiff_sqlx::Timestamp> = held.iter().map(|(_, until)| until.to_sqlx()).collect();
    sqlx::query!("select delivery.hold_repetitions($1, $2, $3)", &ids, untils as _, reason)
        .execute(pool)
        .await?;
    Ok(())
}

/// Lets them go now. Answers with those that were still held.
///
/// # Errors
/// Whatever the database says. Asking again does no harm.
pub async fn call_up(pool: &PgPool, messages: &[MessageId]) -> Result<Vec<MessageId>, sqlx::Error> {
    let ids: Vec<Uuid> = messages.iter().map(|id| id.uuid()).collect();
    let rows = sqlx::query_scalar!(r#"select id as "id!" from delivery.call_up_repetitions($1) id"#, &ids)
        .fetch_all(pool)
        .await?;
    Ok(rows.into_iter().map(MessageId::from_uuid).collect())
}

/// Who is held in these channels, in the order of their turns. For a new owner.
///
/// # Errors
/// Whatever the database says.
pub async fn of(pool: &PgPool, channels: &[Uuid]) -> Result<Vec<(ChannelId, MessageId, Lane)>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"select channel_id as "channel_id!", id as "id!", lane as "lane!" from delivery.held_repetitions($1)"#,
        channels
    )
    .fetch_all(pool)
    .await?;
    let held = |row: (Uuid, Uuid, i16)| {
        (ChannelId::from_uuid(row.0), MessageId::from_uuid(row.1), Lane::of(row.2).unwrap_or(Lane::High))
    };
    Ok(rows.into_iter().map(|row| held((row.channel_id, row.id, row.lane))).collect())
}
