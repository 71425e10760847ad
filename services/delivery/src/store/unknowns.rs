//! Outcomes nobody knows, and what is made of them.

use std::time::Duration;

use ids::{ChannelId, InstanceId, MessageId};
use jiff::Timestamp;
use sqlx::PgPool;
use uuid::Uuid;

use super::sending::{said, word};
use crate::domain::{causes::Cause, content::Said, message::OnUnknown};

/// An unknown outcome to look up.
#[derive(Clone, Debug)]
pub struct LookUp {
    /// The message.
    pub id: MessageId,
    /// Its channel.
    pub channel_id: ChannelId,
    /// The recipient. Never logged.
    pub to: String,
    /// What it says; `None` when this version cannot read it. Never logged.
    pub said: Option<Said>,
    /// It went as its fallback.
    pub as_template: bool,
    /// When the call began.
    pub intended_at: Timestamp,
    /// The attempt.
    pub n: i32,
    /// Counted tries so far.
    pub tries: u32,
    /// How often and how far apart it is tried.
    pub profile: String,
    /// Sends after an unknown so far.
    pub resends: u32,
    /// What to do when no evidence turns up.
    pub on_unknown: OnUnknown,
    /// Of no use from then on.
    pub not_after: Option<Timestamp>,
    /// There will be no other look.
    pub is_last: bool,
    /// What left it open; `None` for a word this version does not know.
    pub cause: Option<Cause>,
    /// Provider ids that other messages of the line have.
    pub taken: Vec<String>,
    /// Ties it to the customer's message.
    pub correlation_id: Uuid,
    /// The database's clock.
    pub now: Timestamp,
}

/// Unknown outcomes that are due to be looked up, of those of these channels that this instance owns. The last look is made so
/// long after the outcome became unknown.
///
/// # Errors
/// Whatever the database says.
pub async fn lookups_due(
    pool: &PgPool,
    me: InstanceId,
    channels: &[Uuid],
    most: i32,
    evidence_for: Duration,
) -> Result<Vec<LookUp>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"select l.id as "id!", l.channel_id as "channel_id!", l.to_address as "to_address!", l.body as "body!",
                  l.intended_at, l.attempts as "attempts!", l.resends as "resends!", l.on_unknown as "on_unknown!",
                  l.not_after, l.is_last as "is_last!", l.cause, l.taken as "taken!",
                  l.correlation_id as "correlation_id!", l.tries as "tries!", l.profile as "profile!", l.now as "now!",
                  l.as_template as "as_template!"
           from delivery.lookups_due($1, $2, $3, $4) l"#,
        me.uuid(),
        channels,
        most,
        i64::try_from(evidence_for.as_millis()).unwrap_or(i64::MAX)
    )
    .fetch_all(pool)
    .await?;
    rows.into_iter()
        .map(|row| {
            let now = row.now.to_jiff();
            Ok(LookUp {
                id: MessageId::from_uuid(row.id),
                channel_id: ChannelId::from_uuid(row.channel_id),
                to: row.to_address,
                said: said(row.body),
                as_template: row.as_template,
                intended_at: row.intended_at.map_or(now, jiff_sqlx::Timestamp::to_jiff),
                n: row.attempts,
                tries: row.tries.unsigned_abs(),
                profile: row.profile,
                resends: row.resends.unsigned_abs(),
                on_unknown: word(&row.on_unknown)?,
                not_after: row.not_after.map(jiff_sqlx::Timestamp::to_jiff),
                is_last: row.is_last,
                cause: row.cause.and_then(|cause| cause.parse().ok()),
                taken: row.taken,
                correlation_id: row.correlation_id,
                now,
            })
        })
        .collect()
}

/// The last look could not be made, since the provider was away: it is made again in a minute. Those behind it go on meanwhile.
///
/// # Errors
/// Whatever the database says.
pub async fn look_later(pool: &PgPool, id: MessageId, n: i32) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update delivery.message set lookups = 3, lookup_at = clock_timestamp() + interval '1 minute'
         where id = $1 and attempts = $2 and state = 'unknown'",
        id.uuid(),
        n
    )
    .execute(pool)
    .await?;
    Ok(())
}

/// The last look found nothing: the message stays unknown, and those behind it go on.
///
/// # Errors
/// Whatever the database says; those behind it then wait until evidence no longer counts.
pub async fn leave_unknown(pool: &PgPool, id: MessageId, n: i32) -> Result<(), sqlx::Error> {
    sqlx::query!("select delivery.leave_unknown($1, $2)", id.uuid(), n).execute(pool).await?;
    Ok(())
}
