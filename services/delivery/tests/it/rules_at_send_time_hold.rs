use serde_json::json;
use uuid::Uuid;

use crate::fixture::{CHANNEL, Replica, Say, Stage, TENANT};

async fn opt_out(stage: &Stage, customer: u32) -> anyhow::Result<i32> {
    Ok(sqlx::query_scalar("select delivery.opt_out_v1($1, $2, array[$3], 'stop')")
        .bind(TENANT)
        .bind(CHANNEL)
        .bind(Say::phone(customer))
        .fetch_one(&stage.sender)
        .await?)
}

#[tokio::test]
async fn who_opted_out_gets_nothing_but_the_answer() -> anyhow::Result<()> {
    let stage = Stage::new().await?;
    let before =
        stage.enqueue(&[Say::reply(1, "a reply on its way"), Say::reminder(1, "a reminder")]).await?;
    assert_eq!((opt_out(&stage, 1).await?, opt_out(&stage, 1).await?), (1, 0), "only the first is news");
    let after = [
        Say::reply(1, "you will hear nothing more from us"),
        Say::reminder(1, "a later reminder"),
        Say::reply(2, "somebody else"),
    ];
    let after = stage.enqueue(&after).await?;
    let _replica = Replica::start(&stage).await?;
    for (id, state) in [
        (before[0], "skipped"),
        (before[1], "skipped"),
        (after[0], "sent"),
        (after[1], "skipped"),
        (after[2], "sent"),
    ] {
        let row =
            stage.until(id, "it is settled", |row| row.state != "queued" && row.state != "intended").await?;
        assert_eq!(row.state, state, "{row:?}");
        if state == "skipped" {
            assert_eq!(row.reason.unwrap_or_default()["cause"], "opted_out");
            assert_eq!(row.attempts, 0);
        }
    }
    let mut texts = stage.texts();
    texts.sort();
    assert_eq!(texts, ["somebody else", "you will hear nothing more from us"]);
    Ok(())
}

#[tokio::test]
async fn what_comes_too_late_is_not_sent_and_holds_up_nobody() -> anyhow::Result<()> {
    let stage = Stage::new().await?;
    // Far more than the bucket would let pass if they took tokens.
    stage.pace(crate::fixture::Pace { per_second: 1.0, burst: 1 }).await?;
    let mut says: Vec<Say> = (0..300)
        .map(|n| Say::reply(n % 7, format!("late {n}")).with("not_after", "2020-01-01T00:00:00Z"))
        .collect();
    says.push(Say::reply(3, "in time").with("not_after", "2200-01-01T00:00:00Z"));
    let ids = stage.enqueue(&says).await?;
    let began = std::time::Instant::now();
    let _replica = Replica::start(&stage).await?;
    stage.until_state(ids[300], "sent").await?;
    let took = began.elapsed();
    assert!(took.as_secs_f64() < 5.0, "300 messages that cost nothing held it up for {took:?}");
    let expired = stage.message(ids[0]).await?;
    assert_eq!((expired.state.as_str(), expired.attempts), ("expired", 0));
    assert_eq!(expired.reason.unwrap_or_default()["cause"], "too_late");
    assert_eq!(stage.texts(), ["in time"]);
    Ok(())
}

#[tokio::test]
async fn what_is_for_later_waits_and_holds_up_its_line_only() -> anyhow::Result<()> {
    let stage = Stage::new().await?;
    let soon: String =
        sqlx::query_scalar("select to_json(clock_timestamp() + interval '2 seconds') #>> '{}'")
            .fetch_one(&stage.owner)
            .await?;
    let says =
        [Say::reply(1, "later").with("not_before", soon), Say::reply(1, "behind it"), Say::reply(2, "now")];
    stage.enqueue(&says).await?;
    let _replica = Replica::start(&stage).await?;
    stage.until_all("sent", 3).await?;
    assert_eq!(stage.texts(), ["now", "later", "behind it"]);
    let early = "select count(*) from delivery.message where intended_at < due_at";
    assert_eq!(stage.count(early).await?, 0);
    Ok(())
}

#[tokio::test]
async fn a_dry_run_calls_nobody() -> anyhow::Result<()> {
    let stage = Stage::new().await?;
    let _replica = Replica::with(&stage, &[("send_enabled", "false")]).await?;
    let says: Vec<Say> = (0..60).map(|n| Say::reply(n % 5, format!("dry {n}"))).collect();
    let ids = stage.say_all(&says).await?;
    stage.until_all("dry_run", 60).await?;
    assert_eq!(stage.message(ids[0]).await?.reason.unwrap_or_default()["cause"], "dry_run");
    let totals = stage.sim.totals();
    assert_eq!((totals.sends, totals.refused), (0, 0));
    Ok(())
}

#[tokio::test]
async fn what_was_cancelled_in_time_is_not_sent() -> anyhow::Result<()> {
    let stage = Stage::new().await?;
    let says = [
        Say::reminder(1, "your appointment").with("dedupe_key", "reminder:1"),
        Say::reminder(1, "another").with("dedupe_key", "reminder:2"),
    ];
    let ids = stage.enqueue(&says).await?;
    let scheduler = stage.database.pool("scheduler").await?;
    let cancel = async |keys: &[&str], tenant: Uuid| -> Result<i32, sqlx::Error> {
        sqlx::query_scalar("select delivery.cancel_v1($1, $2, 'booking_moved')")
            .bind(keys)
            .bind(tenant)
            .fetch_one(&scheduler)
            .await
    };
    assert_eq!(cancel(&["reminder:1"], Uuid::from_u128(99)).await?, 0, "somebody else's");
    assert_eq!(cancel(&["reminder:1", "reminder:3"], TENANT).await?, 1);
    assert_eq!(cancel(&["reminder:1"], TENANT).await?, 0, "done already");
    let _replica = Replica::start(&stage).await?;
    stage.until_state(ids[1], "sent").await?;
    let cancelled = stage.message(ids[0]).await?;
    assert_eq!(cancelled.state, "cancelled");
    assert_eq!(cancelled.reason.unwrap_or_default()["cause"], json!("booking_moved"));
    assert_eq!(stage.texts(), ["another"]);
    Ok(())
}
