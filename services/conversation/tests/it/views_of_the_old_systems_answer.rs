use std::time::Duration;

use conversation::store::turns;
use serde_json::{Value, json};

use crate::fixture::{Fixture, claimed, turn};

async fn rows(fixture: &Fixture, view: &'static str) -> anyhow::Result<Vec<Value>> {
    let rows = format!("select to_jsonb(v) from conversation.{view} v");
    Ok(sqlx::query_scalar(sqlx::AssertSqlSafe(rows)).fetch_all(&fixture.pool).await?)
}

/// One conversation waits behind a failed turn, another was answered.
#[tokio::test]
async fn with_what_is_in_the_rows() -> anyhow::Result<()> {
    let fixture = Fixture::new().await?;
    let one = fixture.instance().await?;
    let waiting = fixture.text("+447700900100", "m1").await?;
    let held = claimed(&one, waiting).await?;
    let now = clock::Clock::now(&clock::SystemClock);
    turns::fail(&fixture.pool, one.me(), held, Duration::ZERO, "the model was silent", now).await?;
    let answered = fixture.text("+447700900101", "m2").await?;
    let mut done = turn(claimed(&one, answered).await?, 1);
    done.turn.started_at = now;
    done.turn.stats = json!({ "model_calls": 2, "output_tokens": 30, "degraded": "deadline" });
    turns::commit(&fixture.pool, one.me(), &[done]).await?;
    claimed(&one, waiting).await?;

    let health = rows(&fixture, "webhook_conversation_health").await?;
    for (count, many) in [
        ("total", 2),
        ("bot", 2),
        ("human", 0),
        ("waiting_human", 0),
        ("locked", 1),
        ("undone", 1),
        ("error", 1),
    ] {
        assert_eq!(health[0][format!("{count}_count")], many, "{count} of {health:?}");
    }
    let agents = rows(&fixture, "webhook_agent_performance").await?;
    for (name, many) in [("turns", 1), ("model_calls", 2), ("output_tokens", 30), ("degraded", 1)] {
        assert_eq!(agents[0][name], many, "{name} of {agents:?}");
    }
    let hours = rows(&fixture, "webhook_message_processing_metrics").await?;
    assert_eq!((hours.len(), &hours[0]["turns"]), (1, &json!(1)));
    for name in ["avg", "p95", "p99"] {
        let ms = hours[0][format!("{name}_processing_ms")].as_f64();
        assert!(ms.is_some_and(|ms| (0.0..60_000.0).contains(&ms)), "{name} of {hours:?}");
    }

    let stats = rows(&fixture, "get_webhook_performance_stats(24)").await?;
    for (name, many) in [("messages", 2), ("turns", 1), ("failed_turns", 1), ("dead_items", 0)] {
        assert_eq!(stats[0][name], many, "{name} of {stats:?}");
    }

    assert!(rows(&fixture, "stuck_webhook_conversations").await?.is_empty(), "it has only just come in");
    sqlx::query("update conversation.item set received_at = now() - interval '5 minutes'")
        .execute(&fixture.owner)
        .await?;
    sqlx::query("update conversation.work set due_at = now() - interval '3 minutes'")
        .execute(&fixture.owner)
        .await?;
    let stuck = rows(&fixture, "stuck_webhook_conversations").await?;
    assert_eq!((stuck.len(), &stuck[0]["conversation_id"]), (1, &json!(waiting)));
    assert_eq!(stuck[0]["is_locked"], true);
    Ok(())
}
