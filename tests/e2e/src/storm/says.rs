//! What is said in a storm, in which way, and what is taken back.

use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp};
use rand::SeedableRng;
use rand::rngs::StdRng;
use rand::seq::SliceRandom;
use serde_json::{Value, json};
use uuid::Uuid;

use super::Storm;
use crate::Stack;

/// Handed over in one call.
const AT_ONCE: usize = 500;

/// Said for later; said for a while.
const LATER: SignedDuration = SignedDuration::from_secs(15);
const USEFUL: SignedDuration = SignedDuration::from_secs(40);

/// The words of one message: nobody else says them.
fn words(customer: usize, n: usize) -> String {
    format!("Message {n:03} to customer {customer}")
}

pub(super) fn phone(customer: usize) -> String {
    format!("4477009{customer:05}")
}

/// What is said for later.
#[derive(Debug)]
pub(super) struct Later {
    /// Not before then.
    pub at: Timestamp,
    /// These.
    pub texts: BTreeSet<String>,
}

fn key(customer: usize, n: usize) -> String {
    format!("storm {customer} {n}")
}

/// Every message to each customer in turn, so that all lines are long; the customers in another order each time. A third of them
/// in each lane, a quarter to be sent once more if nobody knows, some for later, some of use for a while only. All are handed
/// over twice, as a sender does that did not hear the answer.
pub(super) async fn everything(storm: Storm, stack: &Stack) -> anyhow::Result<Later> {
    let rows = stack.rows().await?;
    let (channel, tenant): (Uuid, Uuid) =
        sqlx::query_as("select id, tenant_id from delivery.channel").fetch_one(&rows).await?;
    let addresses: Vec<String> =
        sqlx::query_scalar("select to_address from delivery.message order by to_address")
            .fetch_all(&rows)
            .await?;
    let mut random = StdRng::seed_from_u64(storm.seed);
    let mut customers: Vec<usize> = (0..storm.customers).collect();
    let mut says: Vec<Value> = Vec::with_capacity(storm.messages());
    let now = Timestamp::from_second(stack.now().await?)?;
    let mut for_later = Later { at: now + LATER, texts: BTreeSet::new() };
    for n in 0..storm.each {
        customers.shuffle(&mut random);
        for &customer in &customers {
            let digits = phone(customer);
            let to = addresses.iter().find(|address| address.ends_with(&digits)).unwrap_or(&digits);
            let later = customer % 5 == 0 && n + 1 == storm.each;
            if later {
                for_later.texts.insert(words(customer, n));
            }
            let fleeting = customer % 7 == 2 && n % 2 == 1;
            says.push(json!({
                "tenant_id": tenant, "channel_id": channel, "conversation_id": Uuid::from_u128(customer as u128 + 1),
                "to": to, "lane": (["high", "normal", "bulk"][customer % 3]), "class": "notice", "profile": "fast",
                "body": { "kind": "text", "text": words(customer, n) }, "correlation_id": Uuid::now_v7(), "cause": "storm",
                "dedupe_key": key(customer, n),
                "on_unknown": if customer % 4 == 1 { "resend_once" } else { "leave" },
                "not_before": later.then_some(for_later.at), "not_after": fleeting.then_some(now + USEFUL),
            }));
        }
    }
    for some in says.chunks(AT_ONCE) {
        for expected in ["queued", "duplicate"] {
            let outcomes: Vec<String> =
                sqlx::query_scalar("select outcome from delivery.enqueue_v1($1, true)")
                    .bind(json!(some))
                    .fetch_all(&rows)
                    .await?;
            anyhow::ensure!(
                outcomes.iter().all(|outcome| outcome == expected),
                "{outcomes:?}, not {expected}"
            );
        }
    }
    Ok(for_later)
}

/// The last but one message to every ninth customer, as far as it has not gone.
pub(super) async fn take_back(stack: &Stack, storm: Storm) -> anyhow::Result<()> {
    let n = storm.each.saturating_sub(2);
    let keys: Vec<String> = (0..storm.customers).step_by(9).map(|customer| key(customer, n)).collect();
    sqlx::query(
        "select delivery.cancel_v1($1, (select tenant_id from delivery.channel), 'nobody wants it any more')",
    )
    .bind(keys)
    .execute(&stack.rows().await?)
    .await?;
    Ok(())
}
