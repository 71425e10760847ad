//! Contacts: who is who (migrations/0009_contacts.sql).

use ids::{ContactId, ConversationId, TenantId};
use jiff::Timestamp;
use jiff_sqlx::ToSqlx;
use serde_json::Value;
use sqlx::{PgConnection, PgPool};
use uuid::Uuid;

/// A person.
#[derive(Clone, Debug)]
pub struct ContactRow {
    /// Its id.
    pub id: ContactId,
    /// Its tenant.
    pub tenant_id: TenantId,
    /// The name they gave themselves.
    pub display_name: Option<String>,
    /// Kind and value of each name.
    pub aliases: Vec<(String, String)>,
    /// One per channel.
    pub conversations: Vec<ConversationId>,
    /// When they first wrote.
    pub created_at: Timestamp,
}

/// Something that was done to a contact.
#[derive(Clone, Debug)]
pub struct ChangeRow {
    /// merged, renamed or split.
    pub kind: String,
    /// Who was taken in, or who left.
    pub other: Option<ContactId>,
    /// Why.
    pub cause: String,
    /// Names that came, left or changed.
    pub detail: Value,
    /// When.
    pub at: Timestamp,
}

/// Which contacts.
#[derive(Clone, Copy, Debug)]
pub enum Wanted<'a> {
    /// This one, or who goes on for it.
    One(ContactId),
    /// A tenant's, newest first, below a place in that order; or whoever is known by exactly this name.
    Of {
        /// The tenant.
        tenant: TenantId,
        /// The name.
        alias: Option<&'a str>,
        /// The last one of the page before.
        below: Option<(Timestamp, ContactId)>,
    },
}

/// Contacts with their names and conversations. Those that were merged are not among them.
///
/// # Errors
/// Whatever the database says.
pub async fn list(
    connection: &mut PgConnection,
    wanted: Wanted<'_>,
    most: i64,
) -> Result<Vec<ContactRow>, sqlx::Error> {
    let (one, tenant, alias, below) = match wanted {
        Wanted::One(id) => (Some(id.uuid()), None, None, None),
        Wanted::Of { tenant, alias, below } => (None, Some(tenant.uuid()), alias, below),
    };
    let rows = sqlx::query!(
        r#"select c.id, c.tenant_id, c.display_name, c.created_at,
                  array(select a.kind from conversation.contact_alias a where a.contact_id = c.id
                        order by a.kind, a.value) as "kinds!",
                  array(select a.value from conversation.contact_alias a where a.contact_id = c.id
                        order by a.kind, a.value) as "values!",
                  array(select v.id from conversation.conversation v
                        where v.contact_id = c.id and v.merged_into is null order by v.id) as "conversations!"
           from conversation.contact c
           where c.merged_into is null
             and ($1::uuid is null or c.id = conversation.contact_now($1))
             and ($2::uuid is null or c.tenant_id = $2)
             and ($3::text is null or c.id in (
                  select a.contact_id from conversation.contact_alias a
                  where a.tenant_id = $2 and a.kind in ('phone', 'wa_id', 'lid', 'bsuid') and a.value = $3))
             and ($4::timestamptz is null or (c.created_at, c.id) < ($4, $5))
           order by c.created_at desc, c.id desc limit $6"#,
        one,
        tenant,
        alias,
        below.map(|(at, _)| at.to_sqlx()) as _,
        below.map(|(_, id)| id.uuid()),
        most
    )
    .fetch_all(connection)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| ContactRow {
            id: ContactId::from_uuid(row.id),
            tenant_id: TenantId::from_uuid(row.tenant_id),
            display_name: row.display_name,
            aliases: row.kinds.into_iter().zip(row.values).collect(),
            conversations: row.conversations.into_iter().map(ConversationId::from_uuid).collect(),
            created_at: row.created_at.to_jiff(),
        })
        .collect())
}

/// What was done to a contact, newest first.
///
/// # Errors
/// Whatever the database says.
pub async fn changes(pool: &PgPool, id: ContactId) -> Result<Vec<ChangeRow>, sqlx::Error> {
    let rows = sqlx::query!(
        "select kind, other_id, cause, detail, at from conversation.contact_change
         where contact_id = $1 order by at desc limit 100",
        id.uuid()
    )
    .fetch_all(pool)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| ChangeRow {
            kind: row.kind,
            other: row.other_id.map(ContactId::from_uuid),
            cause: row.cause,
            detail: row.detail,
            at: row.at.to_jiff(),
        })
        .collect())
}

/// Makes two contacts one. Answers with the conversations to look at; `None`: they are one already, or not of one tenant.
///
/// # Errors
/// Whatever the database says.
pub async fn merge(
    connection: &mut PgConnection,
    keep: ContactId,
    gone: ContactId,
    cause: &str,
) -> Result<Option<Vec<Uuid>>, sqlx::Error> {
    let row = sqlx::query!(
        r#"select done as "done!", wake as "wake!" from conversation.merge_contacts($1, $2, $3, null)"#,
        keep.uuid(),
        gone.uuid(),
        cause
    )
    .fetch_one(connection)
    .await?;
    Ok(row.done.then_some(row.wake))
}

/// Names (`kind:value`) leave a contact for a new one.
///
/// # Errors
/// Whatever the database says.
pub async fn split(
    connection: &mut PgConnection,
    from: ContactId,
    leaving: &[String],
    cause: &str,
) -> Result<ContactId, sqlx::Error> {
    let fresh = sqlx::query_scalar!(
        r#"select conversation.split_contact($1, $2, $3) as "id!""#,
        from.uuid(),
        leaving,
        cause
    )
    .fetch_one(connection)
    .await?;
    Ok(ContactId::from_uuid(fresh))
}

/// A pair of contacts that one event named together.
#[derive(Clone, Debug)]
pub struct Settled {
    /// merged, doubtful or settled.
    pub outcome: String,
    /// Whose.
    pub tenant: Uuid,
    /// Conversations to look at.
    pub wake: Vec<Uuid>,
}

/// Settles the next pair. `None`: there is none.
///
/// # Errors
/// Whatever the database says.
pub async fn settle_link(pool: &PgPool) -> Result<Option<Settled>, sqlx::Error> {
    let row = sqlx::query!(
        r#"select outcome as "outcome!", tenant_id as "tenant!", coalesce(wake, '{}') as "wake!"
           from conversation.settle_link()"#
    )
    .fetch_optional(pool)
    .await?;
    Ok(row.map(|row| Settled { outcome: row.outcome, tenant: row.tenant, wake: row.wake }))
}

/// Pairs that wait for a person, oldest first.
///
/// # Errors
/// Whatever the database says.
pub async fn doubtful(
    pool: &PgPool,
    tenant: TenantId,
) -> Result<Vec<(ContactId, ContactId, Timestamp)>, sqlx::Error> {
    let rows = sqlx::query!(
        "select one, other, seen_at from conversation.contact_link
         where state = 'doubtful' and tenant_id = $1 order by seen_at limit 500",
        tenant.uuid()
    )
    .fetch_all(pool)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| (ContactId::from_uuid(row.one), ContactId::from_uuid(row.other), row.seen_at.to_jiff()))
        .collect())
}

/// A pair is two people. `false`: there is no such open pair.
///
/// # Errors
/// Whatever the database says.
pub async fn dismiss(pool: &PgPool, one: ContactId, other: ContactId) -> Result<bool, sqlx::Error> {
    let done = sqlx::query!(
        "update conversation.contact_link set state = 'settled'
         where one = least($1::uuid, $2::uuid) and other = greatest($1::uuid, $2::uuid) and state <> 'settled'",
        one.uuid(),
        other.uuid()
    )
    .execute(pool)
    .await?;
    Ok(done.rows_affected() > 0)
}

/// What came into a conversation while its contact was being merged goes where the person's talk goes on; answers with
/// that conversation.
///
/// # Errors
/// Whatever the database says.
pub async fn follow_merge(pool: &PgPool, gone: Uuid) -> Result<Uuid, sqlx::Error> {
    sqlx::query_scalar!(r#"select conversation.follow_merge($1) as "into!""#, gone).fetch_one(pool).await
}
