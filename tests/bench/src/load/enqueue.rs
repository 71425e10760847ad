//! A program of somebody else that has a lot to say, and says it in SQL.

use std::str::FromStr as _;
use std::time::Instant;

use anyhow::Context as _;
use serde_json::{Value, json};
use sqlx::postgres::PgConnectOptions;
use sqlx::{ConnectOptions as _, PgConnection};
use uuid::Uuid;

use crate::customers::Customers;

/// Messages handed over by one call.
const AT_ONCE: usize = 256;

/// Where a message can go.
#[derive(sqlx::FromRow)]
struct Channel {
    id: Uuid,
    tenant_id: Uuid,
}

/// Hands over one message to each of `number` new customers, spread over all channels, and returns who they are.
///
/// # Errors
/// When the database refuses any of them.
pub async fn enqueue(
    customers: &Customers,
    database_url: &str,
    number: usize,
) -> anyhow::Result<std::ops::Range<usize>> {
    let options = PgConnectOptions::from_str(database_url).context("the database's URL cannot be read")?;
    let mut session = options.application_name("bench says").connect().await?;
    let channels: Vec<Channel> = sqlx::query_as("select id, tenant_id from delivery.channel order by slug")
        .fetch_all(&mut session)
        .await?;
    let first = customers.count();
    for from in (0..number).step_by(AT_ONCE) {
        let some: Vec<Value> = (from..number.min(from + AT_ONCE))
            .map(|_| say(customers.arrives(Instant::now()), &channels))
            .collect();
        hand_over(&mut session, &Value::Array(some)).await?;
    }
    Ok(first..customers.count())
}

fn say(customer: usize, channels: &[Channel]) -> Value {
    let channel = channels.get(customer % channels.len().max(1));
    json!({
        "tenant_id": channel.map(|channel| channel.tenant_id),
        "channel_id": channel.map(|channel| channel.id),
        "conversation_id": Uuid::from_u128(customer as u128),
        "to": Customers::phone(customer),
        "lane": "normal",
        "class": "notice",
        "profile": "conversation",
        "body": { "kind": "text", "text": "Your glasses are ready. We are open until eight." },
        "correlation_id": Uuid::from_u128(customer as u128),
        "cause": "bench",
    })
}

async fn hand_over(session: &mut PgConnection, messages: &Value) -> anyhow::Result<()> {
    let refused: i64 =
        sqlx::query_scalar("select count(*) from delivery.enqueue_v1($1, true) where outcome <> 'queued'")
            .bind(messages)
            .fetch_one(session)
            .await?;
    anyhow::ensure!(refused == 0, "{refused} messages were refused");
    Ok(())
}
