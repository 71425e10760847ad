//! Messages that were given up on, by us (`dead`) or by the provider that had taken them (`failed`).

use ids::{ChannelId, MessageId, TenantId};
use jiff::Timestamp;
use jiff_sqlx::ToSqlx;
use serde_json::{Value, json};
use sqlx::PgPool;
use uuid::Uuid;

use crate::domain::{
    content::{Content, Said},
    door::Door,
    provider::ProviderKind,
    replay::Prospect,
    window,
};

/// A dead message without its text.
#[derive(Clone, Debug)]
pub struct DeadRow {
    /// Its id.
    pub id: MessageId,
    /// Its tenant.
    pub tenant_id: TenantId,
    /// Its channel.
    pub channel_id: ChannelId,
    /// What it is for.
    pub class: String,
    /// Calls.
    pub attempts: i32,
    /// cause, cause_text, owner, next_step.
    pub reason: Value,
    /// What an operator made of it.
    pub resolution: Option<Value>,
    /// Ties it to the customer's message.
    pub correlation_id: Uuid,
    /// When it was queued.
    pub created_at: Timestamp,
    /// When it died.
    pub died_at: Timestamp,
    /// Of no use from then on.
    pub not_after: Option<Timestamp>,
    /// The message it replays.
    pub replay_of: Option<MessageId>,
}

/// Dead messages, oldest death first, after the given place. `open`: only those nobody has resolved.
///
/// # Errors
/// Whatever the database says.
pub async fn list(
    pool: &PgPool,
    id: Option<MessageId>,
    after: Option<(Timestamp, MessageId)>,
    cause: Option<&str>,
    tenant: Option<TenantId>,
    most: i64,
) -> Result<Vec<DeadRow>, sqlx::Error> {
    let rows = sqlx::query!(
        // Two ways to find them, each with its index: one condition for both would read the whole table.
        r#"select id as "id!", tenant_id as "tenant_id!", channel_id as "channel_id!", class as "class!",
                  attempts as "attempts!", reason, resolution, correlation_id as "correlation_id!",
                  created_at as "created_at!", settled_at as "settled_at!", not_after, replay_of
           from (select m.* from delivery.message m where $1::uuid is not null and m.id = $1
                 union all
                 select m.* from delivery.message m
                 where $1::uuid is null and m.state in ('dead', 'failed') and m.resolution is null) m
           where state in ('dead', 'failed') and (state = 'dead' or judged_at is not null)
             and ($2::timestamptz is null or (settled_at, id) > ($2, $3))
             and ($4::text is null or reason ->> 'cause' = $4) and ($5::uuid is null or tenant_id = $5)
           order by settled_at, id limit $6"#,
        id.map(|id| id.uuid()),
        after.map(|(at, _)| at.to_sqlx()) as _,
        after.map(|(_, id)| id.uuid()),
        cause,
        tenant.map(|id| id.uuid()),
        most
    )
    .fetch_all(pool)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| DeadRow {
            id: MessageId::from_uuid(row.id),
            tenant_id: TenantId::from_uuid(row.tenant_id),
            channel_id: ChannelId::from_uuid(row.channel_id),
            class: row.class,
            attempts: row.attempts,
            reason: row.reason.unwrap_or_default(),
            resolution: row.resolution,
            correlation_id: row.correlation_id,
            created_at: row.created_at.to_jiff(),
            died_at: row.settled_at.to_jiff(),
            not_after: row.not_after.map(jiff_sqlx::Timestamp::to_jiff),
            replay_of: row.replay_of.map(MessageId::from_uuid),
        })
        .collect())
}

/// The content of a message as JSON: recipient, text, rules.
///
/// # Errors
/// Whatever the database says.
pub async fn payload(pool: &PgPool, id: MessageId) -> Result<Option<Value>, sqlx::Error> {
    sqlx::query_scalar!(
        r#"select jsonb_build_object('to', to_address, 'body', body, 'lane', lane, 'profile', profile, 'not_after', not_after) as "payload!"
           from delivery.message where id = $1"#,
        id.uuid()
    )
    .fetch_optional(pool)
    .await
}

/// What a replay of a dead message would meet now. `None`: there is no such message.
///
/// # Errors
/// Whatever the database says.
pub async fn prospect(
    pool: &PgPool,
    id: MessageId,
    sending: bool,
    now: Timestamp,
) -> Result<Option<Prospect>, sqlx::Error> {
    let row = sqlx::query!(
        r#"select m.class, m.body, c.provider, c.door, i.at as "last_inbound_at?",
                  exists (select from delivery.opt_out o
                          where o.channel_id = m.channel_id and o.address = m.to_address and o.ended_at is null) as "opted_out!"
           from delivery.message m join delivery.channel c on c.id = m.channel_id
           left join delivery.inbound i on i.channel_id = m.channel_id and i.address = m.to_address
           where m.id = $1"#,
        id.uuid()
    )
    .fetch_optional(pool)
    .await?;
    let Some(row) = row else { return Ok(None) };
    let window = row.provider.parse::<ProviderKind>().ok().and_then(ProviderKind::window);
    let is_open = window::is_open(window, row.last_inbound_at.map(jiff_sqlx::Timestamp::to_jiff), now);
    let said: Option<Said> = serde_json::from_value(row.body).ok();
    let has_template =
        said.is_some_and(|said| said.has_fallback() || matches!(said.content, Content::Template(_)));
    let door: Option<Door> = serde_json::from_value(row.door).ok();
    Ok(Some(Prospect {
        class: row.class,
        opted_out: row.opted_out,
        window_closed: !is_open && !has_template,
        as_template: !is_open && has_template,
        closed: door.as_ref().and_then(Door::closure).map(|closure| closure.why.advice().words),
        sending,
    }))
}

/// Queues the content again as a new message; with `keep_expiry` it gets too late when the dead one does. `None`: there is no
/// such dead message, or it was discarded.
///
/// # Errors
/// Whatever the database says.
pub async fn replay(
    pool: &PgPool,
    id: MessageId,
    keep_expiry: bool,
) -> Result<Option<(MessageId, ChannelId)>, sqlx::Error> {
    let row = sqlx::query!(
        r#"select new_id as "new_id!", channel_id as "channel_id!" from delivery.replay_message($1, $2)"#,
        id.uuid(),
        keep_expiry
    )
    .fetch_optional(pool)
    .await?;
    Ok(row.map(|row| (MessageId::from_uuid(row.new_id), ChannelId::from_uuid(row.channel_id))))
}

/// Notes that nothing more is to be done.
///
/// # Errors
/// Whatever the database says.
pub async fn discard(pool: &PgPool, id: MessageId, reason: &str) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update delivery.message set resolution = coalesce(resolution, $2) where id = $1 and state in ('dead', 'failed')",
        id.uuid(),
        json!({ "discarded_because": reason })
    )
    .execute(pool)
    .await?;
    Ok(())
}

/// Undone messages of a channel.
///
/// # Errors
/// Whatever the database says.
pub async fn waiting(pool: &PgPool, channel: ChannelId) -> Result<i64, sqlx::Error> {
    sqlx::query_scalar!(
        r#"select count(*) as "n!" from delivery.message where channel_id = $1 and state in ('queued', 'intended')"#,
        channel.uuid()
    )
    .fetch_one(pool)
    .await
}
