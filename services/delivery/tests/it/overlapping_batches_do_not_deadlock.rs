use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};
use tokio::sync::Barrier;
use uuid::Uuid;

use crate::fixture::{Say, Stage};

const TASKS: u32 = 4;
const BATCHES: u32 = 25;
/// Keys in a batch.
const KEYS: u32 = 40;

/// In whose line a key goes.
#[derive(Clone, Copy, Debug)]
enum Lines {
    /// All tasks use the same six.
    Shared,
    /// Each task has its own, so that nothing keeps two batches with the same keys apart.
    Own,
}

/// Every task queues the same keys in another order.
fn batch(lines: Lines, task: u32, number: u32) -> Vec<Value> {
    let line = |key: u32| match lines {
        Lines::Shared => (key + task) % 6,
        Lines::Own => task * 10_000 + key,
    };
    let mut says: Vec<Say> = (0..KEYS)
        .map(|n| number * KEYS + n)
        .map(|key| Say::reply(line(key), format!("{key}")).with("dedupe_key", format!("key:{key}")))
        .collect();
    says.push(Say::reply(line(task), format!("only {task} {number}")));
    if task % 2 == 1 {
        says.reverse();
    }
    says.rotate_left(usize::try_from(task * 11).unwrap_or_default());
    says.into_iter().map(|say| say.0).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn in_shared_lines_every_key_is_queued_exactly_once() -> anyhow::Result<()> {
    every_key_is_queued_exactly_once(Lines::Shared).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn in_lines_of_their_own_every_key_is_queued_exactly_once() -> anyhow::Result<()> {
    every_key_is_queued_exactly_once(Lines::Own).await
}

async fn every_key_is_queued_exactly_once(lines: Lines) -> anyhow::Result<()> {
    let stage = Stage::new().await?;
    // They begin each batch together.
    let start = Arc::new(Barrier::new(usize::try_from(TASKS)?));
    let tasks = (0..TASKS).map(|task| {
        let (pool, start) = (stage.sender.clone(), start.clone());
        tokio::spawn(async move {
            let mut outcomes = Vec::new();
            for number in 0..BATCHES {
                // In vain when another one has failed.
                tokio::time::timeout(Duration::from_secs(10), start.wait()).await?;
                let rows: Vec<(Uuid, String)> = sqlx::query_as(
                    "select message_id, outcome from delivery.enqueue_v1($1, true) order by ord",
                )
                .bind(json!(batch(lines, task, number)))
                .fetch_all(&pool)
                .await?;
                anyhow::ensure!(rows.len() == 41, "{rows:?}");
                outcomes.extend(rows);
            }
            Ok(outcomes)
        })
    });
    let mut counts: BTreeMap<String, u32> = BTreeMap::new();
    let mut by_id: BTreeMap<Uuid, u32> = BTreeMap::new();
    for task in tasks.collect::<Vec<_>>() {
        for (id, outcome) in task.await?? {
            *counts.entry(outcome).or_default() += 1;
            *by_id.entry(id).or_default() += 1;
        }
    }
    let (keys, alone) = (BATCHES * KEYS, TASKS * BATCHES);
    let expected = [("duplicate".to_owned(), keys * (TASKS - 1)), ("queued".to_owned(), keys + alone)];
    assert_eq!(counts, BTreeMap::from(expected));
    assert_eq!(by_id.len(), usize::try_from(keys + alone)?);
    assert_eq!(by_id.values().filter(|count| **count == TASKS).count(), usize::try_from(keys)?);
    assert_eq!(stage.count("select count(*) from delivery.message").await?, i64::from(keys + alone));
    let deadlocks = "select deadlocks from pg_stat_database where datname = current_database()";
    assert_eq!(stage.count(deadlocks).await?, 0);
    Ok(())
}

#[tokio::test]
async fn what_is_known_is_answered_with_the_first_ones_id() -> anyhow::Result<()> {
    let stage = Stage::new().await?;
    let first = Say::reply(1, "once").with("dedupe_key", "key");
    stage.enqueue(std::slice::from_ref(&first)).await?;
    let elsewhere = Say::reply(1, "no such channel").with("channel_id", Uuid::from_u128(99).to_string());
    let same_key = Say::reply(2, "twice").with("dedupe_key", "key");
    let inside = Say::reply(3, "in one batch").with("dedupe_key", "inside");
    let batch = [
        first.clone(),
        same_key,
        elsewhere,
        inside.clone(),
        Say::reply(4, "too").with("dedupe_key", "inside"),
    ];
    let batch: Vec<Value> = batch.into_iter().map(|say| say.0).collect();
    let rows: Vec<(i32, Option<Uuid>, String)> =
        sqlx::query_as("select ord, message_id, outcome from delivery.enqueue_v1($1, false) order by ord")
            .bind(json!(batch))
            .fetch_all(&stage.sender)
            .await?;
    let expected = [
        (1, Some(first.id()), "duplicate"),
        (2, Some(first.id()), "duplicate"),
        (3, None, "unknown_channel"),
        (4, Some(inside.id()), "queued"),
        (5, Some(inside.id()), "duplicate"),
    ];
    let rows: Vec<_> = rows.iter().map(|(ord, id, outcome)| (*ord, *id, outcome.as_str())).collect();
    assert_eq!(rows, expected);
    Ok(())
}
