//! `delivery.channel_event`: what was said about a channel's connection, and what operators want of its door.

use ids::{ChannelId, InstanceId};
use sqlx::PgPool;

use super::queue_actions::Asker;

/// What was said about a channel's connection, or wanted of its door.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChannelEvent {
    /// Its number.
    pub id: i64,
    /// The channel.
    pub channel: ChannelId,
    /// open, connecting, closed, refused; pause, resume, probe.
    pub state: String,
    /// The provider's reason code.
    pub code: Option<i32>,
}

/// The unhandled events of owned channels, oldest first. Handling one twice is harmless.
///
/// # Errors
/// Whatever the database says.
pub async fn unhandled(pool: &PgPool, me: InstanceId) -> Result<Vec<ChannelEvent>, sqlx::Error> {
    let rows = sqlx::query!(
        "select e.id, e.channel_id, e.state, e.code
         from delivery.channel_event e join delivery.work w on w.key = e.channel_id
         where w.owner = $1 and e.handled_at is null order by e.id",
        me.uuid()
    )
    .fetch_all(pool)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| ChannelEvent {
            id: row.id,
            channel: ChannelId::from_uuid(row.channel_id),
            state: row.state,
            code: row.code,
        })
        .collect())
}

/// Notes that events were handled.
///
/// # Errors
/// Whatever the database says; then they are handled once more.
pub async fn handled(pool: &PgPool, events: &[i64]) -> Result<(), sqlx::Error> {
    if events.is_empty() {
        return Ok(());
    }
    sqlx::query!(
        "update delivery.channel_event set handled_at = clock_timestamp() where id = any ($1)",
        events
    )
    .execute(pool)
    .await?;
    Ok(())
}

/// Asks the channel's owner for something: pause, resume or probe, and writes down who asked, if somebody did. Answers with the
/// event's number; `None`: there is no such channel.
///
/// # Errors
/// Whatever the database says.
pub async fn ask(
    pool: &PgPool,
    channel: ChannelId,
    what: &'static str,
    asker: Option<&Asker>,
) -> Result<Option<i64>, sqlx::Error> {
    sqlx::query_scalar!(
        r#"with asked as (
               insert into delivery.channel_event (channel_id, state) select id, $2 from delivery.channel where id = $1
               returning id
           ), noted as (
               insert into delivery.queue_action (action, channel_id, count, role, asked_by, reason, correlation_id)
               select $2, $1, (select count(*) from delivery.message m
                               where m.channel_id = $1 and m.state in ('queued', 'intended')), $3, $4, $5, $6
               from asked where $3::text is not null)
           select id as "id!" from asked"#,
        channel.uuid(),
        what,
        asker.map(|asker| asker.role.as_str()),
        asker.map(|asker| asker.asked_by.as_str()),
        asker.map(|asker| asker.reason.as_str()),
        asker.map(|asker| asker.correlation_id)
    )
    .fetch_optional(pool)
    .await
}

/// Notes what the provider said about a channel's connection when it was asked; the owner moves the door by it.
///
/// # Errors
/// Whatever the database says.
pub async fn note_state(
    pool: &PgPool,
    channel: ChannelId,
    state: &'static str,
    code: Option<i32>,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into delivery.channel_event (channel_id, state, code) values ($1, $2, $3)",
        channel.uuid(),
        state,
        code
    )
    .execute(pool)
    .await?;
    Ok(())
}

/// Whether the channel's owner has handled an event.
///
/// # Errors
/// Whatever the database says.
pub async fn is_handled(pool: &PgPool, event: i64) -> Result<bool, sqlx::Error> {
    let handled = sqlx::query_scalar!(
        r#"select handled_at is not null as "handled!" from delivery.channel_event where id = $1"#,
        event
    );
    Ok(handled.fetch_optional(pool).await?.unwrap_or(true))
}
