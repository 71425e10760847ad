use simulators::faults::Trigger;
use simulators::whatsapp::FaultKind;
use uuid::Uuid;

use crate::fixture::{Replica, Say, Stage};

const HASTY: [(&str, &str); 1] = [("listed_by", "1500ms")];

/// A call that breaks off with its process; the next owner finds that the provider never had it.
async fn broken_off(stage: &Stage, id: Uuid, tries: i32) -> anyhow::Result<()> {
    let replica = Replica::with(stage, &HASTY).await?;
    stage.until_state(id, "intended").await?;
    replica.kill();
    sqlx::query("update delivery.message set tries = $2 where id = $1")
        .bind(id)
        .bind(tries)
        .execute(&stage.owner)
        .await?;
    Ok(())
}

#[tokio::test]
async fn each_broken_call_counts_as_a_try_and_after_the_last_it_is_dead() -> anyhow::Result<()> {
    let stage = Stage::new().await?;
    let replica = Replica::with(&stage, &HASTY).await?;
    // Only a list that shows this chat proves anything.
    let before = stage.say(Say::reply(1, "before")).await?;
    stage.until_state(before, "sent").await?;
    assert_eq!(replica.stop().await?, std::process::ExitCode::SUCCESS);
    stage.sim.fault(FaultKind::TimeoutBefore { hold_ms: 600_000 }, Trigger::ALWAYS);
    let ids = stage.enqueue(&[Say::reply(1, "poison"), Say::reply(2, "somebody else")]).await?;

    // Not the last try: it is called again.
    broken_off(&stage, ids[0], 0).await?;
    let replica = Replica::with(&stage, &HASTY).await?;
    let again = stage.until(ids[0], "it was called again", |row| row.attempts == 2).await?;
    assert_eq!(again.tries, 1);
    replica.kill();

    // Five tries are used up; this was the sixth.
    sqlx::query("update delivery.message set tries = 5 where id = $1")
        .bind(ids[0])
        .execute(&stage.owner)
        .await?;
    let _replica = Replica::with(&stage, &HASTY).await?;
    let dead = stage.until_state(ids[0], "dead").await?;
    let reason = dead.reason.unwrap_or_default();
    assert_eq!((&reason["cause"], &reason["owner"]), (&"breaks_off".into(), &"developer".into()));
    assert_eq!((dead.attempts, dead.tries), (2, 6));
    let outcomes: Vec<_> = stage.attempts(ids[0]).await?.into_iter().map(|attempt| attempt.outcome).collect();
    assert_eq!(outcomes, ["not_sent", "not_sent"]);
    assert_eq!(stage.texts(), ["before"]);
    Ok(())
}
