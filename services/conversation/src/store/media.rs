//! `conversation.media`: where customers' files stand.

use std::time::Duration;

use ids::{ChannelId, ConversationId, ItemId, TenantId};
use jiff::Timestamp;
use serde::Serialize;
use serde_json::Value;
use sqlx::PgPool;

/// A claimed file.
#[derive(Clone, Debug)]
pub struct Due {
    /// The message it came with.
    pub item: ItemId,
    /// Whose.
    pub tenant: TenantId,
    /// Through which channel.
    pub channel: ChannelId,
    /// The provider's id of the message. May hold the customer's number: never log it.
    pub provider_id: String,
    /// What the provider says about it.
    pub named: Value,
    /// The word of its kind.
    pub kind: String,
    /// How often it was claimed, this time included.
    pub attempt: i32,
}

/// What came of a claim.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Outcome {
    /// waiting, stored or failed.
    pub state: &'static str,
    /// Until it is due again, in milliseconds.
    pub wait_ms: Option<i64>,
    /// Why it is not there, or not written down, in plain words.
    pub cause: Option<String>,
    /// Its media type.
    pub content_type: Option<String>,
    /// Its length.
    pub bytes: Option<i64>,
    /// Its digest, as hexadecimal digits.
    pub sha256: Option<String>,
    /// How long it is kept, in milliseconds.
    pub keep_ms: Option<i64>,
    /// What is said in it.
    pub transcript: Option<String>,
    /// What was recognised in that: opt_out or red_flag.
    pub mark: Option<&'static str>,
}

/// Claims files that are due, for `lease`.
///
/// # Errors
/// Whatever the database says; what was claimed all the same is due again after the lease.
pub async fn claim(pool: &PgPool, most: i32, lease: Duration) -> Result<Vec<Due>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"select item_id as "item_id!", tenant_id as "tenant_id!", channel_id as "channel_id!", provider_id as "provider_id!",
                  named as "named!", kind as "kind!", attempts as "attempts!"
           from conversation.claim_media($1, $2)"#,
        most,
        milliseconds(lease)
    )
    .fetch_all(pool)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| Due {
            item: ItemId::from_uuid(row.item_id),
            tenant: TenantId::from_uuid(row.tenant_id),
            channel: ChannelId::from_uuid(row.channel_id),
            provider_id: row.provider_id,
            named: row.named,
            kind: row.kind,
            attempt: row.attempts,
        })
        .collect())
}

/// Writes what came of a claim. Answers with the conversation that may be waiting for it.
///
/// # Errors
/// Whatever the database says; then the claim's lease ends and the file is due again.
pub async fn settle(
    pool: &PgPool,
    due: &Due,
    outcome: &Outcome,
) -> Result<Option<(ConversationId, TenantId)>, sqlx::Error> {
    let outcome = serde_json::to_value(outcome).map_err(|error| sqlx::Error::Encode(error.into()))?;
    let row = sqlx::query!(
        r#"select conversation_id as "conversation_id!", tenant_id as "tenant_id!"
           from conversation.settle_media($1, $2, $3)"#,
        due.item.uuid(),
        due.attempt,
        outcome
    )
    .fetch_optional(pool)
    .await?;
    Ok(row.map(|row| (ConversationId::from_uuid(row.conversation_id), TenantId::from_uuid(row.tenant_id))))
}

/// A recording, as the turn that may wait for it sees it.
#[derive(Clone, Debug)]
pub struct Heard {
    /// The message.
    pub item: ItemId,
    /// It is not settled yet.
    pub waiting: bool,
    /// Its transcript.
    pub text: Option<String>,
    /// What was recognised in that.
    pub mark: Option<String>,
}

/// How far recordings are.
///
/// # Errors
/// Whatever the database says.
pub async fn heard(pool: &PgPool, items: &[ItemId]) -> Result<Vec<Heard>, sqlx::Error> {
    let ids: Vec<_> = items.iter().map(|item| item.uuid()).collect();
    let rows = sqlx::query!(
        r#"select m.item_id, m.state = 'waiting' as "waiting!", i.body ->> 'text' as text, i.mark
           from conversation.media m join conversation.item i on i.id = m.item_id
           where m.item_id = any ($1)"#,
        &ids
    )
    .fetch_all(pool)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| Heard {
            item: ItemId::from_uuid(row.item_id),
            waiting: row.waiting,
            text: row.text,
            mark: row.mark,
        })
        .collect())
}

/// A file as staff see it.
#[derive(Clone, Debug)]
pub struct MediaRow {
    /// The message it came with.
    pub item: ItemId,
    /// Whose.
    pub tenant: TenantId,
    /// The word of its kind.
    pub kind: String,
    /// waiting, stored, failed or expired.
    pub state: String,
    /// Its media type, once stored.
    pub content_type: Option<String>,
    /// Its length, once stored.
    pub bytes: Option<i64>,
    /// Why it is not there (yet), or not written down.
    pub cause: Option<String>,
    /// When it came.
    pub at: Timestamp,
    /// When it is deleted.
    pub keep_until: Option<Timestamp>,
}

/// The newest files of a conversation, or the file of one message; oldest first.
///
/// # Errors
/// Whatever the database says.
pub async fn list(
    pool: &PgPool,
    conversation: Option<ConversationId>,
    item: Option<ItemId>,
    most: i64,
) -> Result<Vec<MediaRow>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"select item_id, tenant_id, kind, state, content_type, bytes, cause, created_at, keep_until
           from conversation.media
           where ($1::uuid is null or conversation_id = $1) and ($2::uuid is null or item_id = $2)
           order by created_at desc, item_id limit $3"#,
        conversation.map(|id| id.uuid()),
        item.map(|id| id.uuid()),
        most
    )
    .fetch_all(&mut *postgres::browse(pool).await?)
    .await?;
    Ok(rows
        .into_iter()
        .rev()
        .map(|row| MediaRow {
            item: ItemId::from_uuid(row.item_id),
            tenant: TenantId::from_uuid(row.tenant_id),
            kind: row.kind,
            state: row.state,
            content_type: row.content_type,
            bytes: row.bytes,
            cause: row.cause,
            at: row.created_at.to_jiff(),
            keep_until: row.keep_until.map(jiff_sqlx::Timestamp::to_jiff),
        })
        .collect())
}

/// Files whose time is over: whose, and of which message.
///
/// # Errors
/// Whatever the database says.
pub async fn over(pool: &PgPool, most: i64) -> Result<Vec<(TenantId, ItemId)>, sqlx::Error> {
    let rows = sqlx::query!(
        "select tenant_id, item_id from conversation.media
         where state = 'stored' and keep_until <= clock_timestamp() order by keep_until limit $1",
        most
    )
    .fetch_all(pool)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| (TenantId::from_uuid(row.tenant_id), ItemId::from_uuid(row.item_id)))
        .collect())
}

/// Notes that a file was deleted.
///
/// # Errors
/// Whatever the database says; then it is deleted once more.
pub async fn expired(pool: &PgPool, item: ItemId) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update conversation.media set state = 'expired' where item_id = $1 and state = 'stored'",
        item.uuid()
    )
    .execute(pool)
    .await?;
    Ok(())
}

/// A length of time as SQL gets it.
pub fn milliseconds(time: Duration) -> i64 {
    i64::try_from(time.as_millis()).unwrap_or(i64::MAX)
}
