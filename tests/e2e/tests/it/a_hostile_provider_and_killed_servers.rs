use std::{collections::BTreeMap, time::Duration};

use e2e::{Servers, Stack};
use serde_json::{Value, json};
use simulators::{
    faults::Trigger,
    whatsapp::{Entry, Fault, FaultKind},
};
use testkit::PrivatePostgres;
use uuid::Uuid;

/// Customers, and messages to each of them.
const CUSTOMERS: usize = 40;
const EACH: usize = 5;

/// What the provider does to calls and receipts, and how often.
fn habits() -> Vec<(FaultKind, f64)> {
    vec![
        (FaultKind::ResetBefore {}, 0.04),
        (FaultKind::ResetAfter {}, 0.04),
        (FaultKind::HalfAnswer {}, 0.03),
        (FaultKind::SlowDrip { pause_ms: 2 }, 0.03),
        (FaultKind::ErrorBefore { status: 500 }, 0.03),
        (FaultKind::ErrorAfter { status: 500 }, 0.03),
        (FaultKind::EmptyAnswer {}, 0.02),
        (FaultKind::RateLimited { retry_after_s: None }, 0.02),
        (FaultKind::RateLimited { retry_after_s: Some(1) }, 0.02),
        (FaultKind::TimeoutBefore { hold_ms: 4_000 }, 0.02),
        (FaultKind::TimeoutDuring { accept_after_ms: 2_500 }, 0.02),
        (FaultKind::TimeoutAfter { hold_ms: 4_000 }, 0.02),
        (FaultKind::ReceiptsDuplicate { copies: 3 }, 0.1),
        (FaultKind::ReceiptsReordered {}, 0.2),
        (FaultKind::ReceiptsEarly {}, 0.2),
    ]
}

/// What is still to be sent or found out.
const UNDECIDED: &str = "select count(*) from delivery.message
    where state in ('queued', 'intended') or (state = 'unknown' and reconcile_until > clock_timestamp())";

fn phone(customer: usize) -> String {
    format!("4477009{customer:05}")
}

fn words(customer: usize, n: usize) -> String {
    format!("Message {n} to customer {customer}")
}

/// What our own books say of one message.
#[derive(Debug, sqlx::FromRow)]
struct Told {
    to_address: String,
    text: String,
    state: String,
    explained: bool,
    ambiguous: bool,
    calls: Option<String>,
}

/// Every message to each customer in turn, so that all lines are long.
async fn say_everything(stack: &Stack) -> anyhow::Result<()> {
    let rows = stack.rows().await?;
    let (channel, tenant): (Uuid, Uuid) =
        sqlx::query_as("select id, tenant_id from delivery.channel").fetch_one(&rows).await?;
    for n in 0..EACH {
        let says: Vec<Value> = (0..CUSTOMERS)
            .map(|customer| {
                json!({
                    "tenant_id": tenant, "channel_id": channel, "conversation_id": Uuid::from_u128(customer as u128),
                    "to": phone(customer), "lane": "high", "class": "notice", "profile": "fast",
                    "body": { "kind": "text", "text": words(customer, n) },
                    "correlation_id": Uuid::now_v7(), "cause": "storm",
                })
            })
            .collect();
        sqlx::query("select delivery.enqueue_v1($1, true)").bind(json!(says)).execute(&rows).await?;
    }
    Ok(())
}

/// By the provider's own account: what each customer was sent, in order.
fn seen(stack: &Stack) -> BTreeMap<String, Vec<String>> {
    let mut seen = BTreeMap::<_, Vec<_>>::new();
    for noted in stack.whatsapp.journal().all() {
        if let Entry::Send { number, text, .. } = noted.entry {
            seen.entry(number).or_default().push(text);
        }
    }
    seen
}

/// `kill -9` of everything in turn, each while something of the storm is still to be sent.
async fn kill_in_turn(stack: &mut Stack, wanted: usize) -> anyhow::Result<()> {
    for (round, share) in [0.1, 0.3, 0.5, 0.7].into_iter().enumerate() {
        let enough = (wanted as f64 * share) as usize;
        let so_far = || async {
            let count: usize = seen(stack).values().map(Vec::len).sum();
            (count >= enough).then_some(())
        };
        testkit::eventually(Duration::from_secs(120), "the storm to go on", so_far).await?;
        match round % 4 {
            1 => {
                stack.nats.kill9()?;
                stack.nats.restart().await?;
            }
            2 => {
                let Servers::Private(postgres) = &mut stack.postgres else {
                    anyhow::bail!("not a private server")
                };
                postgres.kill9()?;
                postgres.restart().await?;
            }
            _ => {
                stack.program.kill9().await?;
                stack.program.spawn()?;
            }
        }
    }
    Ok(())
}

/// Nothing is lost, nothing is sent twice but what was unknown, each conversation is in order, and what was given up says why.
#[tokio::test(flavor = "multi_thread")]
async fn lose_nothing_double_nothing_known_and_keep_every_line_in_order() -> anyhow::Result<()> {
    let private = Servers::Private(PrivatePostgres::start().await?);
    let mut stack =
        Stack::with(private, &[("DELIVERY__CALL_TIMEOUT", "2s"), ("DELIVERY__LISTED_BY", "8s")]).await?;
    for (kind, share) in habits() {
        stack.whatsapp.fault(Fault::from(kind), Trigger::share(share));
    }
    say_everything(&stack).await?;
    kill_in_turn(&mut stack, CUSTOMERS * EACH).await?;
    stack.counts(0, "the storm to be over", UNDECIDED, Duration::from_secs(240)).await?;

    let told: Vec<Told> = sqlx::query_as(
        "select m.to_address, m.body ->> 'text' as text, m.state, m.reason ->> 'next_step' is not null as explained,
                exists (select from delivery.attempt a where a.message_id = m.id and a.outcome = 'unknown')
                or m.attempts > (select count(*) from delivery.attempt a where a.message_id = m.id) as ambiguous,
                (select string_agg(concat_ws(' ', a.n, a.started_at::time, a.ended_at::time, a.outcome, a.cause), '; ' order by a.n)
                 from delivery.attempt a where a.message_id = m.id) as calls
         from delivery.message m where m.cause = 'storm'",
    )
    .fetch_all(&stack.rows().await?)
    .await?;
    assert_eq!(told.len(), CUSTOMERS * EACH);
    let seen = seen(&stack);
    for message in &told {
        let heard = seen.get(&message.to_address).map(Vec::as_slice).unwrap_or_default();
        let times = heard.iter().filter(|text| **text == message.text).count();
        let is_right = match message.state.as_str() {
            "sent" => times == 1 || (times > 1 && message.ambiguous),
            "unknown" => message.ambiguous,
            "dead" | "failed" => message.explained && (times == 0 || message.ambiguous),
            _ => false,
        };
        assert!(is_right, "heard {times} times, by the calls {:?}: {message:?}", message.calls);
    }
    for (number, heard) in &seen {
        let mut first: Vec<&String> = Vec::new();
        for text in heard {
            if !first.contains(&text) {
                first.push(text);
            }
        }
        assert!(first.is_sorted(), "{number} heard out of order: {heard:?}");
    }
    let sent = told.iter().filter(|message| message.state == "sent").count();
    assert!(sent * 10 >= told.len() * 9, "only {sent} of {} were sent", told.len());
    Ok(())
}
