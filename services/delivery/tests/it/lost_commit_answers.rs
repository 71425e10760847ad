use std::time::Duration;

use simulators::faults::Trigger;
use simulators::whatsapp::FaultKind;
use testkit::Proxy;

use crate::fixture::{PATIENCE, Replica, Say, Stage, slow};

/// A replica that sees the database through a line that fails on demand.
async fn behind_a_line(stage: &Stage) -> anyhow::Result<(Replica, Proxy)> {
    let line = Proxy::to(stage.database.addr()?).await?;
    let database = stage.database.settings_through(line.addr())?;
    let replica = Replica::on(stage, database.url.expose(), &[]).await?;
    Ok((replica, line))
}

#[tokio::test]
async fn an_intent_whose_answer_was_lost_is_called_once() -> anyhow::Result<()> {
    let stage = Stage::new().await?;
    let (_replica, line) = behind_a_line(&stage).await?;
    let first = stage.say(Say::reply(1, "first")).await?;
    stage.until_state(first, "sent").await?;
    let say = Say::reply(1, "second");
    // The first thing the service says about a message is that it intends to send it.
    line.lose_next_answer_to(say.id().as_bytes());
    let id = stage.say(say).await?;
    line.lost(1).await;
    let sent = stage.until_state(id, "sent").await?;
    assert_eq!((sent.attempts, sent.tries), (1, 1), "the intent that led to no call does not count");
    assert_eq!(stage.attempts(id).await?.len(), 1);
    let third = stage.say(Say::reply(1, "third")).await?;
    stage.until_state(third, "sent").await?;
    assert_eq!(stage.texts(), ["first", "second", "third"]);
    Ok(())
}

/// The other half of not knowing: nothing was committed, so the message is picked again, and must not be taken back while
/// that call is under way.
#[tokio::test]
async fn an_intent_that_failed_is_called_once() -> anyhow::Result<()> {
    let stage = Stage::with(slow(Duration::from_millis(2500))).await?;
    let _replica = Replica::start(&stage).await?;
    // While somebody holds the channel's row, an intent cannot be committed.
    let mut holding = stage.owner.begin().await?;
    sqlx::query("select from delivery.work for update").execute(&mut *holding).await?;
    let id = stage.say(Say::reply(1, "first")).await?;
    let broken = async || {
        let waiting: Vec<(i32, String)> = sqlx::query_as(
            "select pid, query from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'
               and application_name = 'delivery rows'",
        )
        .fetch_all(&stage.owner)
        .await
        .ok()?;
        for (pid, _) in &waiting {
            sqlx::query("select pg_terminate_backend($1)").bind(pid).execute(&stage.owner).await.ok()?;
        }
        waiting.iter().any(|(_, query)| query.contains("delivery.intend")).then_some(())
    };
    testkit::eventually(PATIENCE, "an intent was broken off", broken).await?;
    holding.rollback().await?;
    let sent = stage.until_state(id, "sent").await?;
    assert_eq!((sent.attempts, sent.tries), (1, 1));
    assert_eq!(stage.texts(), ["first"]);
    Ok(())
}

#[tokio::test]
async fn an_outcome_whose_answer_was_lost_is_written_once() -> anyhow::Result<()> {
    let stage = Stage::new().await?;
    let (_replica, line) = behind_a_line(&stage).await?;
    let say = Say::reply(1, "first");
    // Outcomes go as JSON, ids in it as text.
    line.lose_next_answer_to(say.id().to_string().as_bytes());
    let id = stage.say(say).await?;
    line.lost(1).await;
    let sent = stage.until_state(id, "sent").await?;
    assert_eq!((sent.attempts, sent.tries), (1, 1));
    let second = stage.say(Say::reply(1, "second")).await?;
    stage.until_state(second, "sent").await?;
    assert_eq!(stage.texts(), ["first", "second"]);
    assert_eq!(stage.attempts(id).await?.len(), 1);
    Ok(())
}

/// Its outcome is in the row, so it is due again, while the call itself has not learnt that it is written.
#[tokio::test]
async fn a_message_is_not_called_again_before_its_last_call_is_over() -> anyhow::Result<()> {
    // Longer than the second after which owners look through what they intended.
    let stage = Stage::with(slow(Duration::from_millis(2500))).await?;
    let (_replica, line) = behind_a_line(&stage).await?;
    stage.sim.fault(FaultKind::ErrorBefore { status: 500 }, Trigger::next(1));
    let say = Say::reply(1, "first").with("profile", "fast");
    let outcome = say.id().to_string();
    line.lose_next_answer_to(outcome.as_bytes());
    let id = stage.say(say).await?;
    line.lost(1).await;
    line.lose_next_answer_to(outcome.as_bytes());
    let due = async || {
        let due = "select count(*) from delivery.message where state = 'queued' and tries = 1 and due_at <= clock_timestamp()";
        (stage.count(due).await.ok()? == 1).then_some(())
    };
    testkit::eventually(PATIENCE, "it is due again", due).await?;
    // Something else to do makes the owner look at the channel meanwhile.
    let other = stage.say(Say::reply(2, "second")).await?;
    line.lost(2).await;
    stage.until_state(other, "sent").await?;
    let sent = stage.until_state(id, "sent").await?;
    assert_eq!((sent.attempts, sent.tries), (2, 2));
    // Whatever was called besides has arrived before this has.
    let last = stage.say(Say::reply(1, "third")).await?;
    stage.until_state(last, "sent").await?;
    let mut texts = stage.texts();
    texts.sort();
    assert_eq!(texts, ["first", "second", "third"]);
    Ok(())
}

#[tokio::test]
async fn a_database_that_goes_away_and_comes_back_costs_nothing_but_time() -> anyhow::Result<()> {
    let stage = Stage::new().await?;
    let (_replica, line) = behind_a_line(&stage).await?;
    let says: Vec<Say> = (0..30).map(|n| Say::reply(n % 3, format!("{} {n:02}", n % 3))).collect();
    stage.say_all(&says).await?;
    for part in [3, 12, 21] {
        stage.until_taken(part).await?;
        line.cut();
    }
    stage.until_all("sent", 30).await?;
    let mut texts = stage.texts();
    for customer in 0..3 {
        let of_line: Vec<_> = texts.iter().filter(|text| text.starts_with(&customer.to_string())).collect();
        assert!(of_line.is_sorted(), "{of_line:?}");
    }
    texts.sort();
    texts.dedup();
    assert_eq!((texts.len(), stage.taken().len()), (30, 30), "nothing doubled, nothing lost");
    Ok(())
}
