//! `delivery.canary`: messages that prove a channel, and what came back of them.

use ids::{ChannelId, MessageId};
use jiff::Timestamp;
use sqlx::PgPool;

/// What is known of a canary so far.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Back {
    /// The provider showed it to us as a message of the account.
    pub echoed: bool,
    /// How far it came by the provider's receipts: 1 sent, 2 failed, 3 delivered, 4 read.
    pub rank: Option<i16>,
    /// Why it failed.
    pub error_code: Option<String>,
}

/// Notes a canary before it leaves; those of another day are forgotten.
///
/// # Errors
/// Whatever the database says.
pub async fn put(pool: &PgPool, id: MessageId, channel: ChannelId, text: &str) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "with old as (delete from delivery.canary where sent_at < clock_timestamp() - interval '1 day')
         insert into delivery.canary (id, channel_id, text_sha256)
         values ($1, $2, encode(sha256(convert_to($3::text, 'UTF8')), 'hex'))",
        id.uuid(),
        channel.uuid(),
        text
    )
    .execute(pool)
    .await?;
    Ok(())
}

/// The provider took it under this id.
///
/// # Errors
/// Whatever the database says.
pub async fn taken(pool: &PgPool, id: MessageId, provider_id: &str) -> Result<(), sqlx::Error> {
    sqlx::query!("update delivery.canary set provider_id = $2 where id = $1", id.uuid(), provider_id)
        .execute(pool)
        .await?;
    Ok(())
}

/// What came back.
///
/// # Errors
/// Whatever the database says.
pub async fn back(pool: &PgPool, id: MessageId) -> Result<Back, sqlx::Error> {
    let row = sqlx::query!(
        r#"select y.echoed_at is not null as "echoed!", r.rank as "rank?", r.error_code as "error_code?"
           from delivery.canary y
           left join delivery.receipt r on r.channel_id = y.channel_id and r.provider_id = y.provider_id
           where y.id = $1"#,
        id.uuid()
    )
    .fetch_optional(pool)
    .await?;
    Ok(row.map_or_else(Back::default, |row| Back {
        echoed: row.echoed,
        rank: row.rank,
        error_code: row.error_code,
    }))
}

/// When ingest last refused a webhook of a channel, if it did since a time. `None` also where ingest is not migrated yet.
///
/// # Errors
/// Whatever the database says.
pub async fn refused_since(
    pool: &PgPool,
    channel: ChannelId,
    since: Timestamp,
) -> Result<Option<Timestamp>, sqlx::Error> {
    let notes =
        sqlx::query!(r#"select what as "what!", at as "at!" from ingest.door_notes_v1($1)"#, channel.uuid());
    let notes = match notes.fetch_all(pool).await {
        Err(error) if is_missing(&error) => Vec::new(),
        notes => notes?,
    };
    let refused = notes.into_iter().filter(|note| note.what == "refused").map(|note| note.at.to_jiff());
    Ok(refused.max().filter(|at| *at >= since))
}

/// The schema or the function is not there.
pub(super) fn is_missing(error: &sqlx::Error) -> bool {
    let code = error.as_database_error().and_then(|error| error.code());
    matches!(code.as_deref(), Some("42883" | "3F000" | "42501"))
}
