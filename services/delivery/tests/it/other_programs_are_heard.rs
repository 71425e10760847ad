use std::time::{Duration, Instant};

use serde_json::json;
use testkit::eventually;
use uuid::Uuid;

use crate::fixture::{PATIENCE, Replica, Say, Stage};

/// The look that finds what nobody told of is far away.
const NO_LOOK: [(&str, &str); 1] = [("look_every", "10m")];
/// Promised are 50 ms; a busy machine gets ten times that.
const SOON: Duration = Duration::from_millis(500);

/// As a program without a broker does it: one SQL call.
async fn enqueue_and_notify(stage: &Stage, say: &Say) -> anyhow::Result<()> {
    sqlx::query("select delivery.enqueue_v1($1, true)").bind(json!([say.0])).execute(&stage.sender).await?;
    Ok(())
}

/// The server's process behind the listening connection.
async fn listening(stage: &Stage) -> Option<i32> {
    sqlx::query_scalar(
        "select pid from pg_stat_activity
         where datname = current_database() and application_name = 'delivery listen' and query ilike 'listen%'",
    )
    .fetch_optional(&stage.owner)
    .await
    .ok()?
}

#[tokio::test]
async fn one_sql_call_is_sent_at_once() -> anyhow::Result<()> {
    let stage = Stage::new().await?;
    let _replica = Replica::with(&stage, &NO_LOOK).await?;
    eventually(PATIENCE, "delivery listens", async || listening(&stage).await).await?;
    for n in 1..=3 {
        let committed = Instant::now();
        enqueue_and_notify(&stage, &Say::reply(n, format!("from outside {n}"))).await?;
        stage.until_taken(n as usize).await?;
        let took = committed.elapsed();
        assert!(took < SOON, "from the commit to the call it took {took:?}");
    }
    Ok(())
}

#[tokio::test]
async fn a_lost_connection_is_made_again_and_what_was_missed_is_found() -> anyhow::Result<()> {
    let stage = Stage::new().await?;
    let _replica = Replica::with(&stage, &NO_LOOK).await?;
    let first = eventually(PATIENCE, "delivery listens", async || listening(&stage).await).await?;
    sqlx::query("select pg_terminate_backend($1)").bind(first).execute(&stage.owner).await?;
    // Nobody hears this one.
    enqueue_and_notify(&stage, &Say::reply(1, "missed")).await?;
    stage.until_taken(1).await?;
    let again = async || listening(&stage).await.filter(|pid| *pid != first);
    eventually(PATIENCE, "delivery listens again", again).await?;
    let committed = Instant::now();
    enqueue_and_notify(&stage, &Say::reply(2, "heard")).await?;
    stage.until_taken(2).await?;
    assert!(committed.elapsed() < SOON, "{:?}", committed.elapsed());
    Ok(())
}

/// The fallback: what nobody tells of is found by the look every second.
#[tokio::test]
async fn without_a_notice_the_next_look_finds_it() -> anyhow::Result<()> {
    let stage = Stage::new().await?;
    let _replica = Replica::start(&stage).await?;
    let ids: Vec<Uuid> = stage.enqueue(&[Say::reply(1, "nobody was told")]).await?;
    stage.until_state(ids[0], "sent").await?;
    Ok(())
}
