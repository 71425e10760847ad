//! The steps of a run: `take`, `load_turns`, `commit_turns`, `fail_turn` (migrations/0005_turns.sql, 0010_failed_turns.sql).

use std::time::Duration;

use ids::{InstanceId, TurnId};
use jiff::Timestamp;
use jiff_sqlx::ToSqlx;
use serde::Serialize;
use serde_json::Value;
use sqlx::PgPool;
use uuid::Uuid;
use work::{Claim, Held};

/// A key as just claimed, with what a turn must see.
#[derive(Clone, Debug)]
pub struct Loaded {
    /// The conversation.
    pub key: Uuid,
    /// Its row, as JSON.
    pub conversation: Value,
    /// Undone items in order, as JSON; at most 50.
    pub items: Value,
    /// The open proposal, as JSON.
    pub proposal: Option<Value>,
    /// The last thing said to the customer, as JSON.
    pub last_said: Option<Value>,
    /// The last number anybody has appended.
    pub seen_seq: i64,
    /// Failed turns of these items so far.
    pub attempts: i32,
    /// When the oldest of the items came in.
    pub first_received_at: Timestamp,
    /// When the newest of them came in.
    pub last_received_at: Timestamp,
    /// The database's clock at the load.
    pub now: Timestamp,
}

/// Looks at keys and takes those that can be taken ([`work::Heart::claim`]), and reads what turns on them must see. One round
/// trip, one transaction.
///
/// # Errors
/// Whatever the database says. After an error the keys may still be mine: [`work::reconcile`] hands them back.
pub async fn take(
    pool: &PgPool,
    me: InstanceId,
    keys: &[Uuid],
) -> Result<(Vec<Claim>, Vec<Loaded>), sqlx::Error> {
    let rows = sqlx::query!(
        r#"select key as "key!", verdict, epoch, done_seq, wait_ms, conversation, items, proposal, last_said, seen_seq, attempts,
                  first_received_at, last_received_at, now
           from conversation.take($1, $2)"#,
        keys,
        me.uuid()
    )
    .fetch_all(pool)
    .await?;
    let (mut claims, mut loaded) = (Vec::with_capacity(keys.len()), Vec::new());
    for row in rows {
        if let (Some(verdict), Some(epoch), Some(done_seq)) = (row.verdict, row.epoch, row.done_seq) {
            let held = Held { key: row.key, epoch, done_seq };
            claims.push(Claim::read(&verdict, held, row.wait_ms.unwrap_or_default())?);
            continue;
        }
        loaded.extend(seen(Seen {
            key: row.key,
            conversation: row.conversation,
            items: row.items,
            proposal: row.proposal,
            last_said: row.last_said,
            seen_seq: row.seen_seq,
            attempts: row.attempts,
            first_received_at: row.first_received_at,
            last_received_at: row.last_received_at,
            now: row.now,
        }));
    }
    Ok((claims, loaded))
}

/// Reads what turns on these keys must see. Keys with nothing undone are left out.
///
/// # Errors
/// Whatever the database says.
pub async fn load(pool: &PgPool, keys: &[Uuid]) -> Result<Vec<Loaded>, sqlx::Error> {
    let rows = sqlx::query_as!(
        Seen,
        r#"select key as "key!", conversation, items, proposal, last_said, seen_seq, attempts, first_received_at,
                  last_received_at, now
           from conversation.load_turns($1)"#,
        keys
    )
    .fetch_all(pool)
    .await?;
    Ok(rows.into_iter().filter_map(seen).collect())
}

/// A row of `load_turns`.
struct Seen {
    key: Uuid,
    conversation: Option<Value>,
    items: Option<Value>,
    proposal: Option<Value>,
    last_said: Option<Value>,
    seen_seq: Option<i64>,
    attempts: Option<i32>,
    first_received_at: Option<jiff_sqlx::Timestamp>,
    last_received_at: Option<jiff_sqlx::Timestamp>,
    now: Option<jiff_sqlx::Timestamp>,
}

/// `None`: nothing is undone.
fn seen(row: Seen) -> Option<Loaded> {
    Some(Loaded {
        key: row.key,
        conversation: row.conversation?,
        items: row.items?,
        proposal: row.proposal,
        last_said: row.last_said,
        seen_seq: row.seen_seq?,
        attempts: row.attempts?,
        first_received_at: row.first_received_at?.to_jiff(),
        last_received_at: row.last_received_at?.to_jiff(),
        now: row.now?.to_jiff(),
    })
}

/// A turn as it is committed: all of it or nothing.
#[derive(Clone, Debug, Serialize)]
pub struct TurnCommit {
    /// The conversation.
    pub key: Uuid,
    /// The epoch of the claim.
    pub epoch: i64,
    /// The last item this turn handles.
    pub upto_seq: i64,
    /// The last number anybody had appended when the items were read.
    pub seen_seq: i64,
    /// Whether something newer makes this turn obsolete.
    pub discardable: bool,
    /// Who owned the conversation when it was read.
    pub owned_by: &'static str,
    /// Set when the items are given up on: why.
    pub dead: Option<Value>,
    /// The turn's own row.
    pub turn: TurnRow,
    /// What is said: `delivery.enqueue_v1` messages, each with its id.
    pub says: Vec<Value>,
    /// A proposal shown to the customer.
    pub open: Option<Value>,
    /// The open proposal's end.
    pub close: Option<Value>,
    /// What `scheduler.commit_effect_v1` shall do.
    pub effect: Option<Value>,
    /// What the conversation now waits for; outer `None`: unchanged.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub asked: Option<Asked>,
    /// A change of who answers.
    pub owner: Option<Value>,
    /// A change of language.
    pub language: Option<String>,
    /// Ties everything to the customer's message.
    pub correlation_id: Uuid,
}

/// The new value of `conversation.asked`.
#[derive(Clone, Debug, Serialize)]
pub struct Asked {
    /// `None` clears it.
    pub to: Option<Value>,
}

/// What is kept about a turn.
#[derive(Clone, Debug, Serialize)]
pub struct TurnRow {
    /// Its id.
    pub id: TurnId,
    /// Which way it went.
    pub route: String,
    /// Which rule decided.
    pub rule: String,
    /// Counts, no words.
    pub stats: Value,
    /// The agent version that answered.
    pub agent_version: Option<Uuid>,
    /// When it began.
    pub started_at: Timestamp,
}

/// What became of a commit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Committed {
    /// Everything is written. `released`: nothing more is undone and the key is free; else it is still mine.
    Done {
        /// Whether the key was given back.
        released: bool,
        /// What the effect did, if there was one.
        effect: Option<Value>,
    },
    /// Another owner has the key: stop, settle nothing.
    Lost,
    /// Something newer came, or a person took over: discard the draft and read again. The key is still mine.
    Obsolete,
    /// The effect cannot be; nothing is written. The key is still mine.
    Refused(Value),
}

/// Commits turns of different keys in one transaction. The answer has one entry per turn, in their order.
///
/// # Errors
/// Whatever the database says. After an error it is unknown whether the turns were written: ask [`is_committed`].
pub async fn commit(
    pool: &PgPool,
    me: InstanceId,
    turns: &[TurnCommit],
) -> Result<Vec<Committed>, sqlx::Error> {
    let json = serde_json::to_value(turns).map_err(|error| sqlx::Error::Encode(error.into()))?;
    let rows = sqlx::query!(
        r#"select key as "key!", outcome as "outcome!", detail, released as "released!"
           from conversation.commit_turns($1, $2)"#,
        me.uuid(),
        json
    )
    .fetch_all(pool)
    .await?;
    let mut outcomes: std::collections::HashMap<Uuid, Committed> =
        std::collections::HashMap::with_capacity(rows.len());
    for row in rows {
        let outcome = match row.outcome.as_str() {
            "committed" => Committed::Done { released: row.released, effect: row.detail },
            "lost" => Committed::Lost,
            "newer" | "taken_over" => Committed::Obsolete,
            "refused" => Committed::Refused(row.detail.unwrap_or_default()),
            other => {
                return Err(sqlx::Error::Decode(
                    format!("unknown outcome {other:?} from commit_turns").into(),
                ));
            }
        };
        outcomes.insert(row.key, outcome);
    }
    // A key the function did not mention has lost its rows altogether (an erased tenant): nothing is to be done there.
    Ok(turns.iter().map(|turn| outcomes.remove(&turn.key).unwrap_or(Committed::Lost)).collect())
}

/// Whether a turn was written: settles a COMMIT whose answer was lost.
///
/// # Errors
/// Whatever the database says.
pub async fn is_committed(pool: &PgPool, turn: TurnId) -> Result<bool, sqlx::Error> {
    sqlx::query_scalar!(
        r#"select exists (select from conversation.turn where id = $1) as "there!""#,
        turn.uuid()
    )
    .fetch_one(pool)
    .await
}

/// Puts the items of a failed turn back until `wait` has passed. `false`: another owner has the key.
///
/// # Errors
/// Whatever the database says.
pub async fn fail(
    pool: &PgPool,
    me: InstanceId,
    held: Held,
    wait: Duration,
    cause: &str,
    started_at: Timestamp,
) -> Result<bool, sqlx::Error> {
    sqlx::query_scalar!(
        r#"select conversation.fail_turn($1, $2, $3, $4, $5, $6) as "mine!""#,
        held.key,
        held.epoch,
        me.uuid(),
        i64::try_from(wait.as_millis()).unwrap_or(i64::MAX),
        serde_json::json!({ "cause": cause }),
        started_at.to_sqlx() as _
    )
    .fetch_one(pool)
    .await
}

/// Queues "one moment" for a turn that is still being thought about. `false`: it is answered, another owner has it, or the
/// customer was asked for a moment a short while ago.
///
/// # Errors
/// Whatever the database says.
pub async fn acknowledge(
    pool: &PgPool,
    me: InstanceId,
    held: Held,
    head_seq: i64,
    message: Value,
) -> Result<bool, sqlx::Error> {
    sqlx::query_scalar!(
        r#"select conversation.acknowledge($1, $2, $3, $4, $5) as "given!""#,
        me.uuid(),
        held.key,
        held.epoch,
        head_seq,
        message
    )
    .fetch_one(pool)
    .await
}

/// The newest lines of a transcript up to an item, oldest first: author, text, time.
///
/// # Errors
/// Whatever the database says.
pub async fn history(
    pool: &PgPool,
    key: Uuid,
    before_seq: i64,
    most: i32,
) -> Result<Vec<(String, String, Timestamp)>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"select author as "author!", text as "text!", at as "at!" from conversation.history($1, $2, $3)"#,
        key,
        before_seq,
        most
    )
    .fetch_all(pool)
    .await?;
    Ok(rows.into_iter().map(|row| (row.author, row.text, row.at.to_jiff())).collect())
}
