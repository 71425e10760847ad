//! `delivery.template`: what providers hold, as far as it is known.

use std::collections::{BTreeMap, HashMap};

use ids::ChannelId;
use jiff::Timestamp;
use jiff_sqlx::ToSqlx;
use serde_json::Value;
use sqlx::PgPool;
use tracing::warn;
use uuid::Uuid;

use super::sending::word;
use crate::domain::templates::{Book, Listed, Part, Registered, TemplateButton};

/// A template with what this service knows about it.
#[derive(Clone, Debug)]
pub struct TemplateRow {
    /// As the provider holds it.
    pub registered: Registered,
    /// The provider's own list says so; otherwise an operator does.
    pub is_listed: bool,
    /// When it was last listed or put.
    pub seen_at: Timestamp,
}

/// The templates of a channel, by name and language.
///
/// # Errors
/// Whatever the database says.
pub async fn list(pool: &PgPool, channel: ChannelId) -> Result<Vec<TemplateRow>, sqlx::Error> {
    Ok(of_channels(pool, &[channel.uuid()]).await?.remove(&channel).unwrap_or_default())
}

/// The templates of channels, each channel's by name and language.
///
/// # Errors
/// Whatever the database says.
pub async fn of_channels(
    pool: &PgPool,
    channels: &[Uuid],
) -> Result<HashMap<ChannelId, Vec<TemplateRow>>, sqlx::Error> {
    let rows = sqlx::query!(
        "select channel_id, key, name, language, provider_id, category, status, quality, reason, header, body, footer, buttons,
                is_listed, seen_at
         from delivery.template where channel_id = any ($1) order by name, language, key",
        channels
    )
    .fetch_all(pool)
    .await?;
    let mut templates: HashMap<ChannelId, Vec<TemplateRow>> = HashMap::new();
    for row in rows {
        let template = TemplateRow {
            registered: Registered {
                key: row.key,
                name: row.name,
                language: row.language,
                provider_id: row.provider_id,
                category: row.category,
                status: word(&row.status)?,
                quality: word(&row.quality)?,
                reason: row.reason,
                header: row.header,
                body: row.body,
                footer: row.footer,
                buttons: buttons(row.buttons),
            },
            is_listed: row.is_listed,
            seen_at: row.seen_at.to_jiff(),
        };
        templates.entry(ChannelId::from_uuid(row.channel_id)).or_default().push(template);
    }
    Ok(templates)
}

/// A button that cannot be read is none that a payload can be given to.
fn buttons(value: Value) -> Vec<TemplateButton> {
    serde_json::from_value(value).unwrap_or_default()
}

/// What a channel knows of its templates. `None`: there is no such channel.
///
/// # Errors
/// Whatever the database says.
pub async fn book(pool: &PgPool, channel: ChannelId) -> Result<Option<Book>, sqlx::Error> {
    let row = sqlx::query!(
        r#"select slug, templates, templates_listed_at is not null as "is_listed!" from delivery.channel where id = $1"#,
        channel.uuid()
    )
    .fetch_optional(pool)
    .await?;
    let Some(row) = row else { return Ok(None) };
    let parts: BTreeMap<String, Part> = serde_json::from_value(row.templates).unwrap_or_else(|error| {
        warn!(channel = row.slug, %error, "the channel's templates cannot be read; declare the channel again");
        BTreeMap::new()
    });
    let registered = list(pool, channel).await?.into_iter().map(|row| row.registered).collect();
    let listed = if row.is_listed { Listed::Whole } else { Listed::Never };
    Ok(Some(Book { parts, registered, listed }))
}

/// Writes templates of a channel; `whole`: they are the provider's complete list. Answers with how many changed.
///
/// # Errors
/// Whatever the database says.
pub async fn put(
    pool: &PgPool,
    channel: ChannelId,
    templates: &[Registered],
    whole: bool,
) -> Result<i32, sqlx::Error> {
    let json = serde_json::to_value(templates).map_err(|error| sqlx::Error::Encode(error.into()))?;
    sqlx::query_scalar!(
        r#"select delivery.put_templates($1, $2, $3) as "changed!""#,
        channel.uuid(),
        json,
        whole
    )
    .fetch_one(pool)
    .await
}

/// Takes the channels among these whose list is to be read now, and puts their next reading off until `next`: whoever takes
/// one reads it.
///
/// # Errors
/// Whatever the database says.
pub async fn take_due(
    pool: &PgPool,
    channels: &[Uuid],
    now: Timestamp,
    next: Timestamp,
) -> Result<Vec<ChannelId>, sqlx::Error> {
    let ids = sqlx::query_scalar!(
        "update delivery.channel set templates_due_at = $3 where id = any ($1) and templates_due_at <= $2 returning id",
        channels,
        now.to_sqlx() as _,
        next.to_sqlx() as _
    )
    .fetch_all(pool)
    .await?;
    Ok(ids.into_iter().map(ChannelId::from_uuid).collect())
}

/// When a channel's whole list was last read.
///
/// # Errors
/// Whatever the database says.
pub async fn listed_at(pool: &PgPool, channel: ChannelId) -> Result<Option<Timestamp>, sqlx::Error> {
    let at =
        sqlx::query_scalar!("select templates_listed_at from delivery.channel where id = $1", channel.uuid())
            .fetch_optional(pool)
            .await?;
    Ok(at.flatten().map(jiff_sqlx::Timestamp::to_jiff))
}

/// Says when a channel's list is to be read next, unless somebody wants it sooner.
///
/// # Errors
/// Whatever the database says.
pub async fn due_at(pool: &PgPool, channel: ChannelId, at: Timestamp) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update delivery.channel set templates_due_at = $2 where id = $1 and templates_due_at <> '-infinity'",
        channel.uuid(),
        at.to_sqlx() as _
    )
    .execute(pool)
    .await?;
    Ok(())
}
