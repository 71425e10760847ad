//! What other programs ask to be sent.

use ids::{ChannelId, MessageId, TenantId};
use serde_json::{Value, json};
use sqlx::PgPool;

use crate::domain::provider::ProviderKind;
use crate::send::ChannelName;
use crate::store::sending::word;

/// A channel somebody may send through.
#[derive(Clone, Copy, Debug)]
pub struct Channel {
    /// Its id.
    pub id: ChannelId,
    /// Whose forms of address it has.
    pub provider: ProviderKind,
}

/// A tenant's channel by its name.
///
/// # Errors
/// Whatever the database says; also that the provider is one this version does not know.
pub async fn channel(
    pool: &PgPool,
    tenant: TenantId,
    name: &ChannelName,
) -> Result<Option<Channel>, sqlx::Error> {
    let (id, slug) = match name {
        ChannelName::Id(id) => (Some(id.uuid()), None),
        ChannelName::Slug(slug) => (None, Some(slug)),
    };
    let row = sqlx::query!(
        "select id, provider from delivery.channel where tenant_id = $1 and (id = $2 or slug = $3)",
        tenant.uuid(),
        id,
        slug
    )
    .fetch_optional(pool)
    .await?;
    row.map(|row| Ok(Channel { id: ChannelId::from_uuid(row.id), provider: word(&row.provider)? }))
        .transpose()
}

/// What came of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It is new.
    Queued,
    /// It was made before.
    Replayed,
    /// Its key was used for another.
    OtherRequest,
}

/// Queues a message for a number, once per key, and tells the dispatcher. Answers with the message it is, or was.
///
/// # Errors
/// Whatever the database says; then nothing was queued, or a repetition with the same key finds it.
pub async fn send(
    pool: &PgPool,
    message: Value,
    phone: &str,
    address: &str,
    key: Option<&str>,
    request: Value,
) -> Result<(MessageId, Outcome), sqlx::Error> {
    let row = sqlx::query!(
        r#"select message_id as "message_id!", outcome as "outcome!" from delivery.send($1, $2, $3, $4, $5)"#,
        message,
        phone,
        address,
        key,
        request
    )
    .fetch_one(pool)
    .await?;
    let outcome = match row.outcome.as_str() {
        "replayed" => Outcome::Replayed,
        "other_request" => Outcome::OtherRequest,
        _ => Outcome::Queued,
    };
    Ok((MessageId::from_uuid(row.message_id), outcome))
}

/// Takes a message back if it is still queued. Answers with the state it is in then; `None`: there is no such message.
///
/// # Errors
/// Whatever the database says.
pub async fn cancel(pool: &PgPool, id: MessageId) -> Result<Option<String>, sqlx::Error> {
    let reason = json!({
        "cause": "taken_back", "cause_text": "whoever sent it took it back", "owner": "nobody", "next_step": "nothing to do",
    });
    sqlx::query_scalar!("select delivery.cancel($1, $2)", id.uuid(), reason).fetch_one(pool).await
}

/// Forgets keys that are older than 30 days, and the pace of pairs that rest.
///
/// # Errors
/// Whatever the database says.
pub async fn forget(pool: &PgPool) -> Result<(), sqlx::Error> {
    sqlx::query!("delete from delivery.idempotency where at < clock_timestamp() - interval '30 days'")
        .execute(pool)
        .await?;
    sqlx::query!("delete from delivery.pair where at < clock_timestamp()").execute(pool).await?;
    Ok(())
}
