//! The steps of an owner: heads, intend, settle, adopt.

use ids::{ChannelId, InstanceId, MessageId};
use jiff::Timestamp;
use jiff_sqlx::ToSqlx;
use serde::Serialize;
use serde_json::Value;
use sqlx::PgPool;
use tokio::time::Instant;
use uuid::Uuid;

use crate::domain::{
    content::Said,
    lane::{Lane, WEIGHTS},
    message::Class,
};

/// A message whose turn has come.
#[derive(Clone, Debug)]
pub struct Head {
    /// Its id.
    pub id: MessageId,
    /// Its channel.
    pub channel_id: ChannelId,
    /// What it is for.
    pub class: Class,
    /// How often and how far apart it is tried.
    pub profile: String,
    /// The recipient in the provider's form. Never logged.
    pub to: String,
    /// What it says; `None` when this version cannot read it. Never logged.
    pub said: Option<Box<Said>>,
    /// It goes as its fallback.
    pub as_template: bool,
    /// When the customer last wrote, as far as that matters to the provider.
    pub last_inbound_at: Option<Timestamp>,
    /// Of no use from then on.
    pub not_after: Option<Timestamp>,
    /// Counted tries so far.
    pub tries: u32,
    /// Refusals for a limit in a row.
    pub waits: u32,
    /// Its lane.
    pub lane: Lane,
    /// Until then nobody knows whether the same words have reached the same customer already.
    pub twin_until: Option<Timestamp>,
    /// What went to this customer is paid for by then, where that is counted.
    pub pair_at: Option<Timestamp>,
    /// When it was queued.
    pub created_at: Timestamp,
    /// Whether the customer's own message asked for it.
    pub prompted: bool,
    /// Since when the customer wants no messages.
    pub opted_out_at: Option<Timestamp>,
    /// Ties it to the customer's message.
    pub correlation_id: Uuid,
    /// How many of its channel are queued or under way; `None` where there are more heads than were wanted, or very many.
    pub undone: Option<usize>,
}

impl Head {
    /// It was called before: this call would be a repetition.
    pub fn is_repetition(&self) -> bool {
        self.tries > 0 || self.waits > 0
    }

    /// It leaves as free text and names a template to go as instead.
    pub fn template_left(&self) -> bool {
        !self.as_template && self.said.as_ref().is_some_and(|said| said.has_fallback())
    }
}

/// The database's clock, and when this process heard it.
pub type Heard = (Timestamp, Instant);

/// Heads of the given channels, at most so many of each, in the order of their lanes' turns (which count from the given
/// numbers), and the database's clock unless there are none.
///
/// # Errors
/// Whatever the database says.
pub async fn heads(
    pool: &PgPool,
    me: InstanceId,
    wanted: &[(ChannelId, i32, [f64; 3])],
) -> Result<(Vec<Head>, Option<Heard>), sqlx::Error> {
    let channels: Vec<Uuid> = wanted.iter().map(|(channel, ..)| channel.uuid()).collect();
    let limits: Vec<i32> = wanted.iter().map(|(_, limit, _)| *limit).collect();
    let begun: Vec<f64> = wanted.iter().flat_map(|(_, _, begun)| *begun).collect();
    let rows = sqlx::query!(
        r#"select h.id as "id!", h.channel_id as "channel_id!", h.class as "class!",
                  h.profile as "profile!", h.to_address as "to_address!", h.body as "body!", h.not_after, h.tries as "tries!",
                  h.waits as "waits!", h.created_at as "created_at!", h.prompted, h.opted_out_at, h.now as "now!",
                  h.correlation_id as "correlation_id!", h.as_template as "as_template!",
                  h.last_inbound_at as "last_inbound_at?", h.lane as "lane!", h.twin_until as "twin_until?", h.pair_at as "pair_at?",
                  h.undone as "undone?"
           from delivery.heads($1, $2, $3, $4, $5) h"#,
        me.uuid(),
        &channels,
        &limits,
        &begun,
        &WEIGHTS
    )
    .fetch_all(pool)
    .await?;
    let heard = rows.first().map(|row| (row.now.to_jiff(), Instant::now()));
    let heads = rows
        .into_iter()
        .map(|row| {
            Ok(Head {
                id: MessageId::from_uuid(row.id),
                channel_id: ChannelId::from_uuid(row.channel_id),
                class: word(&row.class)?,
                profile: row.profile,
                to: row.to_address,
                said: said(row.body).map(Box::new),
                as_template: row.as_template,
                last_inbound_at: row.last_inbound_at.map(jiff_sqlx::Timestamp::to_jiff),
                not_after: row.not_after.map(jiff_sqlx::Timestamp::to_jiff),
                // A lane of a newer program waits for nobody.
                lane: Lane::of(row.lane).unwrap_or(Lane::High),
                twin_until: row.twin_until.map(jiff_sqlx::Timestamp::to_jiff),
                pair_at: row.pair_at.map(jiff_sqlx::Timestamp::to_jiff),
                tries: row.tries.unsigned_abs(),
                waits: row.waits.unsigned_abs(),
                created_at: row.created_at.to_jiff(),
                prompted: row.prompted.unwrap_or(false),
                opted_out_at: row.opted_out_at.map(jiff_sqlx::Timestamp::to_jiff),
                correlation_id: row.correlation_id,
                undone: row.undone.and_then(|undone| usize::try_from(undone).ok()),
            })
        })
        .collect::<Result<Vec<_>, sqlx::Error>>()?;
    Ok((heads, heard))
}

/// A channel's bucket after the tokens were taken, and the epoch under which they were.
#[derive(Clone, Copy, Debug)]
pub struct Draw {
    /// The channel.
    pub channel: ChannelId,
    /// The epoch of its claim.
    pub epoch: i64,
    /// Tokens left.
    pub tokens: f64,
    /// The instant of `tokens`.
    pub at: Timestamp,
}

/// The form in which a message leaves, where that is not simply its text.
#[derive(Clone, Debug, Serialize)]
pub struct FormRow {
    /// The message.
    pub id: Uuid,
    /// It goes as its fallback.
    pub as_template: bool,
    /// The words it shows under at the provider, where they are not its text. Never logged.
    pub shown: Option<String>,
}

/// One message to somebody whose pace is limited by itself.
#[derive(Clone, Debug, Serialize)]
pub struct PairRow {
    /// The channel.
    pub channel_id: Uuid,
    /// The customer. Never logged.
    pub address: String,
}

/// Commits intents with the buckets they draw on. Answers with the attempt numbers of those that may be called.
///
/// # Errors
/// Whatever the database says. After an error call nothing, and [`take_back`] what was committed all the same.
pub async fn intend(
    pool: &PgPool,
    me: InstanceId,
    messages: &[Uuid],
    draws: &[Draw],
    forms: &[FormRow],
    pairs: &[PairRow],
) -> Result<Vec<(MessageId, i32)>, sqlx::Error> {
    let channels: Vec<Uuid> = draws.iter().map(|draw| draw.channel.uuid()).collect();
    let epochs: Vec<i64> = draws.iter().map(|draw| draw.epoch).collect();
    let levels: Vec<f64> = draws.iter().map(|draw| draw.tokens).collect();
    let ats: Vec<jiff_sqlx::Timestamp> = draws.iter().map(|draw| draw.at.to_sqlx()).collect();
    let forms = serde_json::to_value(forms).map_err(|error| sqlx::Error::Encode(error.into()))?;
    let pairs = serde_json::to_value(pairs).map_err(|error| sqlx::Error::Encode(error.into()))?;
    let rows = sqlx::query!(
        r#"select id as "id!", n as "n!" from delivery.intend($1, $2, $3, $4, $5, $6, $7, $8)"#,
        me.uuid(),
        messages,
        &channels,
        &epochs,
        &levels,
        ats as _,
        forms,
        pairs
    )
    .fetch_all(pool)
    .await?;
    Ok(rows.into_iter().map(|row| (MessageId::from_uuid(row.id), row.n)).collect())
}

/// Queues messages again whose intent was committed although nothing was called: those of this owner that are not under
/// way. Answers with how many.
///
/// # Errors
/// Whatever the database says; ask again.
pub async fn take_back(pool: &PgPool, me: InstanceId, under_way: &[Uuid]) -> Result<i64, sqlx::Error> {
    sqlx::query_scalar!(r#"select delivery.take_back($1, $2) as "n!""#, me.uuid(), under_way)
        .fetch_one(pool)
        .await
}

/// One row of `delivery.settle`.
#[derive(Clone, Debug, Default, Serialize)]
pub struct SettleRow {
    /// The message.
    pub id: Uuid,
    /// The attempt; `None` when nothing was called.
    pub n: Option<i32>,
    /// The new state.
    pub state: &'static str,
    /// When it is tried again.
    pub due_at: Option<Timestamp>,
    /// What came of the call.
    pub outcome: Option<&'static str>,
    /// Retry class.
    pub class: Option<&'static str>,
    /// The provider's code.
    pub code: Option<String>,
    /// The provider's id.
    pub provider_id: Option<String>,
    /// Why: cause, cause_text, owner, next_step.
    pub reason: Option<Value>,
    /// Counted tries from now on.
    pub tries: Option<u32>,
    /// Refusals for a limit in a row from now on.
    pub waits: Option<u32>,
    /// Sends after an unknown from now on.
    pub resends: Option<u32>,
    /// It goes as its fallback from now on.
    pub as_template: Option<bool>,
    /// Until when evidence counts.
    pub reconcile_until: Option<Timestamp>,
}

/// Writes settlements in one transaction.
///
/// # Errors
/// Whatever the database says. Repeating is harmless: a settled attempt is not settled again.
pub async fn settle(pool: &PgPool, rows: &[SettleRow]) -> Result<(), sqlx::Error> {
    let json = serde_json::to_value(rows).map_err(|error| sqlx::Error::Encode(error.into()))?;
    sqlx::query!("select id, state from delivery.settle($1)", json).fetch_all(pool).await?;
    Ok(())
}

/// Declares what earlier owners of these channels left open as unknown. Answers with how many.
///
/// # Errors
/// Whatever the database says.
pub async fn adopt(
    pool: &PgPool,
    me: InstanceId,
    channels: &[Uuid],
    reason: Value,
    reconcile_for: std::time::Duration,
) -> Result<usize, sqlx::Error> {
    let rows = sqlx::query!(
        "select id, n from delivery.adopt($1, $2, $3, $4)",
        me.uuid(),
        channels,
        reason,
        i64::try_from(reconcile_for.as_millis()).unwrap_or(i64::MAX)
    )
    .fetch_all(pool)
    .await?;
    Ok(rows.len())
}

/// What a row says. The door lets nothing in that could not be read, but a row may be older or newer than this program.
pub(crate) fn said(body: Value) -> Option<Said> {
    serde_json::from_value(body).ok()
}

/// What quiet hours or a new number's limit hold of a channel is due now: its rules have changed, and are asked again.
///
/// # Errors
/// Whatever the database says.
pub async fn let_go(pool: &PgPool, channel: ChannelId) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update delivery.message m set due_at = '-infinity'
         where m.channel_id = $1 and m.state = 'queued' and m.due_at > clock_timestamp()
           and m.reason ->> 'cause' in ('quiet_hours', 'warm_up')",
        channel.uuid()
    )
    .execute(pool)
    .await?;
    Ok(())
}

/// A word of a row as its type.
pub(crate) fn word<T>(text: &str) -> Result<T, sqlx::Error>
where
    T: std::str::FromStr<Err = crate::domain::text::UnknownWord>,
{
    text.parse().map_err(|error: crate::domain::text::UnknownWord| sqlx::Error::Decode(Box::new(error)))
}
