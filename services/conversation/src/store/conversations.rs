//! Conversations for people who look and take over.

use ids::{ConversationId, TenantId};
use jiff::Timestamp;
use sqlx::PgPool;
use uuid::Uuid;

/// A conversation without what was said.
#[derive(Clone, Debug)]
pub struct ConversationRow {
    /// Its id.
    pub id: ConversationId,
    /// Its tenant.
    pub tenant_id: TenantId,
    /// Its channel.
    pub channel_id: Uuid,
    /// Its contact.
    pub contact_id: Uuid,
    /// bot, waiting_human or human.
    pub owned_by: String,
    /// Items not answered yet.
    pub undone: i64,
    /// When something last came in.
    pub active_at: Timestamp,
}

/// Conversations, the most recently active first.
///
/// # Errors
/// Whatever the database says.
pub async fn list(
    pool: &PgPool,
    id: Option<ConversationId>,
    tenant: Option<TenantId>,
    owned_by: Option<&str>,
    offset: i64,
    most: i64,
) -> Result<Vec<ConversationRow>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"select v.id, v.tenant_id, v.channel_id, v.contact_id, v.owned_by, t.appended_at,
                  t.next_seq - 1 - w.done_seq as "undone!"
           from conversation.conversation v
           join conversation.tail t on t.key = v.id
           join conversation.work w on w.key = v.id
           where ($1::uuid is null or v.id = $1) and ($2::uuid is null or v.tenant_id = $2) and ($3::text is null or v.owned_by = $3)
           order by t.appended_at desc, v.id offset $4 limit $5"#,
        id.map(|id| id.uuid()),
        tenant.map(|id| id.uuid()),
        owned_by,
        offset,
        most
    )
    .fetch_all(&mut *postgres::browse(pool).await?)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| ConversationRow {
            id: ConversationId::from_uuid(row.id),
            tenant_id: TenantId::from_uuid(row.tenant_id),
            channel_id: row.channel_id,
            contact_id: row.contact_id,
            owned_by: row.owned_by,
            undone: row.undone,
            active_at: row.appended_at.to_jiff(),
        })
        .collect())
}

/// Changes who answers. `false`: it stands so already, or there is no such conversation.
///
/// # Errors
/// Whatever the database says.
pub async fn set_owner(
    pool: &PgPool,
    id: ConversationId,
    to: &str,
    cause: &str,
) -> Result<bool, sqlx::Error> {
    sqlx::query_scalar!(r#"select conversation.set_owner($1, $2, $3) as "changed!""#, id.uuid(), to, cause)
        .fetch_one(pool)
        .await
}

/// A change of state: entity, from, to, cause, time.
pub type TransitionRow = (String, Option<String>, String, String, Timestamp);

/// The latest changes of state, oldest first.
///
/// # Errors
/// Whatever the database says.
pub async fn transitions(
    pool: &PgPool,
    id: ConversationId,
    most: i64,
) -> Result<Vec<TransitionRow>, sqlx::Error> {
    let rows = sqlx::query!(
        "select entity, from_state, to_state, cause, at from conversation.transition
         where conversation_id = $1 order by at desc limit $2",
        id.uuid(),
        most
    )
    .fetch_all(pool)
    .await?;
    Ok(rows
        .into_iter()
        .rev()
        .map(|row| (row.entity, row.from_state, row.to_state, row.cause, row.at.to_jiff()))
        .collect())
}

/// Shows the customer that their newest message is read and that an answer is being written, where the provider can.
///
/// # Errors
/// Whatever the database says; then there is no sign, and nothing else is missing.
pub async fn sign(pool: &PgPool, conversation: ConversationId) -> Result<(), sqlx::Error> {
    sqlx::query!("select conversation.sign($1)", conversation.uuid()).fetch_one(pool).await?;
    Ok(())
}
