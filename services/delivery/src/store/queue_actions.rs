//! What operators do to a queue, each in one transaction with its record.

use ids::{ChannelId, InstanceId};
use jiff::Timestamp;
use sqlx::{PgConnection, PgPool, Postgres, Transaction};
use uuid::Uuid;

/// Who asks, and why.
#[derive(Clone, Debug)]
pub struct Asker {
    /// By which token.
    pub role: String,
    /// Who they say they are; may be empty.
    pub asked_by: String,
    /// Why.
    pub reason: String,
    /// Of the call.
    pub correlation_id: Uuid,
}

/// Something that was done.
#[derive(Clone, Debug)]
pub struct ActionRow {
    /// Its id.
    pub id: Uuid,
    /// reset_to_latest, …
    pub action: String,
    /// To which channel.
    pub channel: ChannelId,
    /// About how many messages.
    pub count: i64,
    /// When.
    pub at: Timestamp,
    /// By which token.
    pub role: String,
    /// Who said to be asking.
    pub asked_by: String,
    /// Why.
    pub reason: String,
    /// When what it archived was brought back.
    pub restored_at: Option<Timestamp>,
}

/// Begins an action. Dropping it undoes everything.
///
/// # Errors
/// Whatever the database says.
pub async fn begin(pool: &PgPool) -> Result<Transaction<'static, Postgres>, sqlx::Error> {
    pool.begin().await
}

/// Archives what waits: what could be sent now, is being tried again, or is held back by a rule. What is for later by its sender's
/// wish is no backlog, and a paused campaign is its own. Answers with what it was.
///
/// # Errors
/// Whatever the database says.
pub async fn archive(connection: &mut PgConnection, channel: ChannelId) -> Result<Vec<Uuid>, sqlx::Error> {
    sqlx::query_scalar!(
        r#"with locked as (
               select m.id from delivery.message m
               where m.channel_id = $1 and m.state = 'queued'
                 and (m.due_at <= clock_timestamp() or m.attempts > 0 or m.reason is not null)
                 and (m.reason ->> 'cause') is distinct from 'campaign_paused'
               order by m.id for update)
           update delivery.message m
           set state = 'cancelled', settled_at = clock_timestamp(), due_at = '-infinity',
               reason = jsonb_build_object('cause', 'archived', 'cause_text', 'skipped with the backlog by an operator',
                                           'owner', 'nobody', 'next_step', 'bring it back with RestoreArchived, or leave it')
           from locked l where m.id = l.id
           returning m.id"#,
        channel.uuid()
    )
    .fetch_all(connection)
    .await
}

/// What an action archived, if it is still there to be brought back; the action is held until the end of the transaction.
///
/// # Errors
/// Whatever the database says.
pub async fn archived(
    connection: &mut PgConnection,
    action: Uuid,
) -> Result<Option<(ChannelId, Vec<Uuid>, Option<Timestamp>)>, sqlx::Error> {
    let row = sqlx::query!(
        "select channel_id, messages, restored_at from delivery.queue_action
         where id = $1 and action = 'reset_to_latest' for update",
        action
    )
    .fetch_optional(connection)
    .await?;
    Ok(row.map(|row| {
        let restored = row.restored_at.map(jiff_sqlx::Timestamp::to_jiff);
        (ChannelId::from_uuid(row.channel_id), row.messages, restored)
    }))
}

/// Brings archived messages back to their old places. What is too late by now expires at its turn. That it was away is noted for
/// its timeline.
///
/// # Errors
/// Whatever the database says.
pub async fn restore(
    connection: &mut PgConnection,
    action: Uuid,
    messages: &[Uuid],
) -> Result<Vec<Uuid>, sqlx::Error> {
    let back = sqlx::query_scalar!(
        "with locked as (
             select m.id from delivery.message m
             where m.id = any ($1) and m.state = 'cancelled' and m.reason ->> 'cause' = 'archived'
             order by m.id for update
         ), away as (
             insert into delivery.hold (message_id, since, until, cause, cause_text)
             select m.id, m.settled_at, clock_timestamp(), 'archived', 'it was skipped with the backlog, and brought back'
             from delivery.message m join locked l on l.id = m.id
             on conflict do nothing)
         update delivery.message m set state = 'queued', settled_at = null, reason = null
         from locked l where m.id = l.id
         returning m.id",
        messages
    )
    .fetch_all(&mut *connection)
    .await?;
    sqlx::query!("update delivery.queue_action set restored_at = clock_timestamp() where id = $1", action)
        .execute(connection)
        .await?;
    Ok(back)
}

/// What is undone of a channel.
///
/// # Errors
/// Whatever the database says.
pub async fn undone(connection: &mut PgConnection, channel: ChannelId) -> Result<i64, sqlx::Error> {
    sqlx::query_scalar!(
        r#"select (select count(*) from delivery.message m where m.channel_id = $1 and m.state in ('queued', 'intended'))
                + (select count(*) from delivery.message m
                   where m.channel_id = $1 and m.state = 'unknown' and m.reconcile_until > clock_timestamp()) as "n!""#,
        channel.uuid()
    )
    .fetch_one(connection)
    .await
}

/// Retries, what a rule holds back, and look-ups become due now: the rules are asked again. What is not to leave before a time
/// keeps it, and so does a paused campaign.
///
/// # Errors
/// Whatever the database says.
pub async fn make_due(connection: &mut PgConnection, channel: ChannelId) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update delivery.message m set due_at = '-infinity'
         where m.channel_id = $1 and m.state = 'queued' and (m.attempts > 0 or m.reason is not null)
           and m.due_at > clock_timestamp() and (m.reason ->> 'cause') is distinct from 'campaign_paused'",
        channel.uuid()
    )
    .execute(&mut *connection)
    .await?;
    sqlx::query!(
        "update delivery.message m set lookup_at = clock_timestamp()
         where m.channel_id = $1 and m.state = 'unknown' and m.lookup_at is not null",
        channel.uuid()
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// A process shall have a channel, for half a minute at least.
///
/// # Errors
/// Whatever the database says.
pub async fn wish(
    connection: &mut PgConnection,
    channel: ChannelId,
    worker: InstanceId,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into delivery.wish (channel_id, instance_id, until) values ($1, $2, clock_timestamp() + interval '30 seconds')
         on conflict (channel_id) do update set instance_id = excluded.instance_id, until = excluded.until",
        channel.uuid(),
        worker.uuid()
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Writes down what was done.
///
/// # Errors
/// Whatever the database says.
pub async fn note(
    connection: &mut PgConnection,
    action: &'static str,
    channel: ChannelId,
    count: i64,
    messages: &[Uuid],
    asker: &Asker,
) -> Result<ActionRow, sqlx::Error> {
    let row = sqlx::query!(
        "insert into delivery.queue_action (action, channel_id, count, messages, role, asked_by, reason, correlation_id)
         values ($1, $2, $3, $4, $5, $6, $7, $8) returning id, at",
        action,
        channel.uuid(),
        count,
        messages,
        asker.role,
        asker.asked_by,
        asker.reason,
        asker.correlation_id
    )
    .fetch_one(connection)
    .await?;
    Ok(ActionRow {
        id: row.id,
        action: action.to_owned(),
        channel,
        count,
        at: row.at.to_jiff(),
        role: asker.role.clone(),
        asked_by: asker.asked_by.clone(),
        reason: asker.reason.clone(),
        restored_at: None,
    })
}

/// Actions, newest first, older than `before`.
///
/// # Errors
/// Whatever the database says.
pub async fn list(pool: &PgPool, before: Option<Uuid>, most: i64) -> Result<Vec<ActionRow>, sqlx::Error> {
    let rows = sqlx::query!(
        "select id, action, channel_id, count, at, role, asked_by, reason, restored_at from delivery.queue_action
         where ($1::uuid is null or id < $1) order by id desc limit $2",
        before,
        most
    )
    .fetch_all(&mut *postgres::browse(pool).await?)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| ActionRow {
            id: row.id,
            action: row.action,
            channel: ChannelId::from_uuid(row.channel_id),
            count: row.count,
            at: row.at.to_jiff(),
            role: row.role,
            asked_by: row.asked_by,
            reason: row.reason,
            restored_at: row.restored_at.map(jiff_sqlx::Timestamp::to_jiff),
        })
        .collect())
}
