//! Items that were given up on.

use ids::{ConversationId, ItemId, TenantId};
use jiff::Timestamp;
use jiff_sqlx::ToSqlx;
use serde_json::{Value, json};
use sqlx::PgPool;
use uuid::Uuid;

/// A dead item without its content.
#[derive(Clone, Debug)]
pub struct DeadRow {
    /// Its id.
    pub id: ItemId,
    /// Its tenant.
    pub tenant_id: TenantId,
    /// Its conversation.
    pub conversation_id: ConversationId,
    /// message, echo, …
    pub kind: String,
    /// Failed turns.
    pub attempts: i32,
    /// cause, cause_text, owner, next_step.
    pub error: Value,
    /// What an operator made of it.
    pub resolution: Option<Value>,
    /// Joins everything that came from it.
    pub correlation_id: Uuid,
    /// When it was accepted.
    pub created_at: Timestamp,
    /// When it died.
    pub died_at: Timestamp,
    /// When the customer wrote it.
    pub written_at: Timestamp,
    /// The item it replays.
    pub replay_of: Option<ItemId>,
}

/// Dead items, oldest death first, after the given place. Without `id`: only those nobody has resolved.
///
/// # Errors
/// Whatever the database says.
pub async fn list(
    pool: &PgPool,
    id: Option<ItemId>,
    after: Option<(Timestamp, ItemId)>,
    cause: Option<&str>,
    tenant: Option<TenantId>,
    most: i64,
) -> Result<Vec<DeadRow>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"select id, tenant_id, conversation_id, kind, attempts, error, resolution, correlation_id, received_at,
                  settled_at as "settled_at!", coalesce(sent_at, received_at) as "written_at!",
                  case when provider_id like 'replay:%' then substr(provider_id, 8)::uuid end as replay_of
           from conversation.item
           where state = 'dead' and case when $1::uuid is null then resolution is null else id = $1 end
             and ($2::timestamptz is null or (settled_at, id) > ($2, $3))
             and ($4::text is null or error ->> 'cause' = $4) and ($5::uuid is null or tenant_id = $5)
           order by settled_at, id limit $6"#,
        id.map(|id| id.uuid()),
        after.map(|(at, _)| at.to_sqlx()) as _,
        after.map(|(_, id)| id.uuid()),
        cause,
        tenant.map(|id| id.uuid()),
        most
    )
    .fetch_all(&mut *postgres::browse(pool).await?)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| DeadRow {
            id: ItemId::from_uuid(row.id),
            tenant_id: TenantId::from_uuid(row.tenant_id),
            conversation_id: ConversationId::from_uuid(row.conversation_id),
            kind: row.kind,
            attempts: row.attempts,
            error: row.error.unwrap_or_default(),
            resolution: row.resolution,
            correlation_id: row.correlation_id,
            created_at: row.received_at.to_jiff(),
            died_at: row.settled_at.to_jiff(),
            written_at: row.written_at.to_jiff(),
            replay_of: row.replay_of.map(ItemId::from_uuid),
        })
        .collect())
}

/// A turn that failed on an item.
#[derive(Clone, Debug)]
pub struct FailedTurn {
    /// When it began.
    pub started_at: Timestamp,
    /// When it failed.
    pub ended_at: Timestamp,
    /// Why, in words.
    pub cause: String,
}

/// The failed turns of an item, the first first. The one that gave it up is in the item's own row.
///
/// # Errors
/// Whatever the database says.
pub async fn failed_turns(pool: &PgPool, id: ItemId) -> Result<Vec<FailedTurn>, sqlx::Error> {
    let rows = sqlx::query!(
        "select f.started_at, f.ended_at, f.cause
         from conversation.item i join conversation.failed_turn f on f.conversation_id = i.conversation_id
         where i.id = $1 and i.seq between f.from_seq and f.upto_seq order by f.started_at",
        id.uuid()
    )
    .fetch_all(pool)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| FailedTurn {
            started_at: row.started_at.to_jiff(),
            ended_at: row.ended_at.to_jiff(),
            cause: row.cause,
        })
        .collect())
}

/// The content of an item as JSON.
///
/// # Errors
/// Whatever the database says.
pub async fn payload(pool: &PgPool, id: ItemId) -> Result<Option<Value>, sqlx::Error> {
    sqlx::query_scalar!("select body from conversation.item where id = $1", id.uuid())
        .fetch_optional(pool)
        .await
}

/// Appends the content again as a new item. `None`: there is no such dead item.
///
/// # Errors
/// Whatever the database says.
pub async fn replay(
    pool: &PgPool,
    id: ItemId,
) -> Result<Option<(ItemId, ConversationId, TenantId)>, sqlx::Error> {
    let row = sqlx::query!(
        r#"select new_id as "new_id!", conversation_id as "conversation_id!", tenant_id as "tenant_id!"
           from conversation.replay_item($1)"#,
        id.uuid()
    )
    .fetch_optional(pool)
    .await?;
    Ok(row.map(|row| {
        (
            ItemId::from_uuid(row.new_id),
            ConversationId::from_uuid(row.conversation_id),
            TenantId::from_uuid(row.tenant_id),
        )
    }))
}

/// Notes that nothing more is to be done.
///
/// # Errors
/// Whatever the database says.
pub async fn discard(pool: &PgPool, id: ItemId, reason: &str) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update conversation.item set resolution = coalesce(resolution, $2) where id = $1 and state = 'dead'",
        id.uuid(),
        json!({ "discarded_because": reason })
    )
    .execute(pool)
    .await?;
    Ok(())
}
