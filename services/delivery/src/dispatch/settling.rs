//! From a settlement to its row, batched by load and repeated until written.

use std::time::Duration;

use batch::{Batcher, Limits};
use ids::MessageId;
use jiff::Timestamp;
use metrics::counter;
use serde_json::{Value, json};
use sqlx::PgPool;
use tracing::warn;

use super::wakes::Ending;
use crate::{
    domain::{
        causes::Cause,
        message::{State, StateName},
        outcome::{Outcome, Trouble},
        settle::{Attempt, Settlement},
    },
    store::sending::{self, SettleRow},
};

const LIMITS: Limits = Limits { most: 128, in_flight: 2, queue: 1024 };
const AGAIN: Duration = Duration::from_millis(200);

/// The batched door to `delivery.settle`.
#[derive(Clone, Debug)]
pub struct Settlements {
    batcher: Batcher<SettleRow, ()>,
}

impl Settlements {
    /// Starts the batcher.
    #[must_use]
    pub fn start(pool: PgPool) -> Self {
        Self { batcher: Batcher::start("settle", LIMITS, move |rows| write(pool.clone(), rows)) }
    }

    /// Returns once the row is written. What was sent must be written down: this waits as long as the database is away.
    pub async fn submit(&self, row: SettleRow) {
        while self.batcher.submit(row.clone()).await.is_err() {
            tokio::time::sleep(AGAIN).await;
        }
    }
}

async fn write(pool: PgPool, rows: Vec<SettleRow>) -> Vec<()> {
    loop {
        match sending::settle(&pool, &rows).await {
            Ok(()) => return vec![(); rows.len()],
            // One row that cannot be stored must not keep the others: each alone, and without the provider's words.
            Err(error) if postgres::classify(&error) == postgres::Class::Data => {
                warn!(rows = rows.len(), %error, "settlements refused; writing each alone");
                for row in &rows {
                    write_bare(&pool, row).await;
                }
                return vec![(); rows.len()];
            }
            Err(error) => {
                warn!(rows = rows.len(), %error, "settlements not written; trying again");
                tokio::time::sleep(AGAIN).await;
            }
        }
    }
}

/// Returns when the row is written, or as much of it as can be: at the least that nobody knows.
async fn write_bare(pool: &PgPool, row: &SettleRow) {
    let bare = SettleRow { code: None, reason: None, ..row.clone() };
    let least = SettleRow {
        id: row.id,
        n: row.n,
        state: StateName::Unknown.as_str(),
        outcome: Some("unknown"),
        reason: Some(reason(Cause::UnreadableAnswer)),
        ..SettleRow::default()
    };
    for part in [row, &bare, &least] {
        if is_storable(pool, part).await {
            return;
        }
    }
}

/// Writes a row however long the database is away. `false`: it can never be stored.
async fn is_storable(pool: &PgPool, row: &SettleRow) -> bool {
    while let Err(error) = sending::settle(pool, std::slice::from_ref(row)).await {
        warn!(message_id = %row.id, %error, "settlement not written");
        if postgres::classify(&error) == postgres::Class::Data {
            return false;
        }
        tokio::time::sleep(AGAIN).await;
    }
    true
}

/// The words kept with a message: cause, cause_text, owner, next_step.
#[must_use]
pub fn reason(cause: Cause) -> Value {
    let advice = cause.advice();
    json!({
        "cause": cause.as_str(), "cause_text": advice.words, "owner": advice.owner.as_str(), "next_step": advice.next_step
    })
}

/// The same with the provider's own words and code, where it gave any.
#[must_use]
pub fn told(trouble: &Trouble) -> Value {
    let mut reason = reason(trouble.cause);
    if !trouble.words.is_empty() {
        reason["said"] = trouble.words.as_str().into();
    }
    if let Some(code) = &trouble.code {
        reason["code"] = code.as_str().into();
    }
    reason
}

/// The words kept with a message that nobody has to care about.
#[must_use]
pub fn plain_reason(cause: &str, text: &str) -> Value {
    json!({ "cause": cause, "cause_text": text, "owner": "nobody", "next_step": "nothing to do" })
}

/// What is written for an intent that led to no call, because this process lost its lease: queued as before.
#[must_use]
pub fn not_called(id: MessageId, n: i32) -> SettleRow {
    SettleRow {
        id: id.uuid(),
        n: Some(n),
        state: StateName::Queued.as_str(),
        outcome: Some("not_sent"),
        reason: Some(plain_reason(
            "lease_lost",
            "the process lost its lease before the call; another one goes on",
        )),
        ..SettleRow::default()
    }
}

/// What a settlement writes, and how the wake-up ends.
#[must_use]
pub fn row(
    id: MessageId,
    n: i32,
    attempt: Attempt,
    outcome: &Outcome,
    settlement: &Settlement,
    now: Timestamp,
) -> (SettleRow, Ending) {
    let (tries, waits) = (attempt.tries_before, attempt.waits_before);
    let trouble = outcome.trouble();
    let mut row = SettleRow {
        id: id.uuid(),
        n: Some(n),
        outcome: Some(outcome.as_str()),
        class: trouble.map(|trouble| trouble.class().as_str()),
        code: trouble.and_then(|trouble| trouble.code.clone()),
        reason: trouble.map(told),
        tries: Some(tries + 1),
        waits: Some(0),
        ..SettleRow::default()
    };
    let ending = match settlement {
        Settlement::Done(State::Sent { provider_id, .. }) => {
            row.state = "sent";
            row.provider_id = Some(provider_id.clone());
            Ending::Ack
        }
        Settlement::Done(State::Expired { reason: why }) => {
            row.state = StateName::Expired.as_str();
            row.reason = Some(plain_reason(why.as_str(), why.words()));
            Ending::Ack
        }
        Settlement::Done(state) => {
            row.state = state.name().as_str();
            Ending::Ack
        }
        Settlement::RetryAt { at, .. } => {
            row.state = "queued";
            row.due_at = Some(*at);
            Ending::Nak(until(*at, now))
        }
        Settlement::Wait { until: at, .. } => {
            row.state = "queued";
            row.due_at = Some(*at);
            row.tries = Some(tries);
            row.waits = Some(waits + 1);
            Ending::Ack
        }
        Settlement::Park { .. } => {
            row.state = "queued";
            row.tries = Some(tries);
            Ending::Ack
        }
        Settlement::AsTemplate { .. } => {
            row.state = "queued";
            row.as_template = Some(true);
            Ending::Ack
        }
        Settlement::Dead { .. } => {
            row.state = "dead";
            Ending::Term
        }
        Settlement::Unknown { reconcile_until, .. } => {
            row.state = "unknown";
            row.reconcile_until = Some(*reconcile_until);
            Ending::Ack
        }
    };
    counter!("frontdesk_delivery_settled_total", "state" => row.state, "class" => row.class.unwrap_or("none")).increment(1);
    (row, ending)
}

fn until(at: Timestamp, now: Timestamp) -> Duration {
    Duration::try_from(at.duration_since(now)).unwrap_or_default()
}
