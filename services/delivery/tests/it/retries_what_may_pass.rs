use simulators::faults::Trigger;
use simulators::whatsapp::FaultKind;

use crate::fixture::{AttemptRow, CHANNEL, Pace, Replica, Say, Stage};

fn attempt(n: i32, outcome: &str, class: &str, code: Option<&str>, cause: &str) -> AttemptRow {
    AttemptRow {
        n,
        outcome: outcome.to_owned(),
        class: Some(class.to_owned()),
        code: code.map(str::to_owned),
        cause: Some(cause.to_owned()),
    }
}

fn accepted(n: i32) -> AttemptRow {
    AttemptRow { n, outcome: "accepted".to_owned(), class: None, code: None, cause: None }
}

#[tokio::test]
async fn a_server_that_is_not_available_is_tried_again_after_the_profiles_delays() -> anyhow::Result<()> {
    let stage = Stage::new().await?;
    let _replica = Replica::start(&stage).await?;
    stage.sim.fault(FaultKind::ErrorBefore { status: 503 }, Trigger::next(2));
    let id = stage.say(Say::reply(1, "Good morning").with("profile", "fast")).await?;
    let sent = stage.until_state(id, "sent").await?;
    assert_eq!((sent.attempts, sent.tries), (3, 3));
    let unavailable =
        |n| attempt(n, "refused", "retry", Some("503"), "the provider's server was not available: Timed Out");
    assert_eq!(stage.attempts(id).await?, [unavailable(1), unavailable(2), accepted(3)]);
    stage.until_no_wake_up().await
}

#[tokio::test]
async fn the_row_and_the_broker_agree_on_when() -> anyhow::Result<()> {
    let stage = Stage::new().await?;
    let _replica = Replica::start(&stage).await?;
    stage.sim.fault(FaultKind::ErrorBefore { status: 503 }, Trigger::next(1));
    let id = stage.say(Say::reply(1, "Good morning")).await?;
    let row = stage.until(id, "it waits for its retry", |row| row.tries == 1).await?;
    let due_in = row.due_in.unwrap_or_default();
    assert!((53.0..=66.0).contains(&due_in), "a minute, give or take a tenth: {due_in}");
    assert_eq!(row.state, "queued");
    let reason = row.reason.unwrap_or_default();
    assert_eq!(reason["cause"], "unavailable");
    assert!(reason["next_step"].as_str().is_some_and(|step| step.contains("proxy")), "{reason}");
    // The broker holds the wake-up back for as long.
    let held = async || (stage.wake_ups().await.ok()? == (1, 0)).then_some(());
    testkit::eventually(crate::fixture::PATIENCE, "the wake-up is held back", held).await?;
    Ok(())
}

#[tokio::test]
async fn what_would_come_too_late_then_is_not_tried_again() -> anyhow::Result<()> {
    let stage = Stage::new().await?;
    let _replica = Replica::start(&stage).await?;
    stage.sim.fault(FaultKind::ErrorBefore { status: 503 }, Trigger::next(1));
    let soon: String =
        sqlx::query_scalar("select to_json(clock_timestamp() + interval '20 seconds') #>> '{}'")
            .fetch_one(&stage.owner)
            .await?;
    let says = [Say::reply(1, "for the next seconds").with("not_after", soon), Say::reply(1, "behind it")];
    let ids = stage.say_all(&says).await?;
    let expired = stage.until_state(ids[0], "expired").await?;
    assert_eq!(expired.reason.unwrap_or_default()["cause"], "too_late_to_retry");
    stage.until_state(ids[1], "sent").await?;
    assert_eq!(stage.texts(), ["behind it"]);
    Ok(())
}

#[tokio::test]
async fn nobody_at_the_address_means_not_sent() -> anyhow::Result<()> {
    let stage = Stage::new().await?;
    let nobody = format!("http://127.0.0.1:{}", testkit::free_port()?);
    stage.declare(CHANNEL, "harbour", Pace::FREE, &nobody, "key").await?;
    let _replica = Replica::start(&stage).await?;
    let id = stage.say(Say::reply(1, "Good morning").with("profile", "fast")).await?;
    stage.until(id, "it has been tried twice", |row| row.tries >= 2).await?;
    stage.declare(CHANNEL, "harbour", Pace::FREE, &stage.sim.url(), "key").await?;
    stage.until_state(id, "sent").await?;
    let attempts = stage.attempts(id).await?;
    let first = attempts.first().cloned();
    let cause = first.as_ref().and_then(|first| first.cause.clone()).unwrap_or_default();
    assert!(cause.starts_with("the provider's server could not be reached: "), "{cause}");
    assert_eq!(first, Some(attempt(1, "not_sent", "retry", None, &cause)));
    assert_eq!(stage.texts(), ["Good morning"]);
    Ok(())
}
