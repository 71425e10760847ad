use std::time::{Duration, Instant};

use simulators::faults::Trigger;
use simulators::whatsapp::{Fault, FaultKind};

use crate::fixture::{Replica, Say, Stage, slow};

/// Messages queued, waiting for a retry and under way, all at once.
async fn in_every_state(stage: &Stage) -> anyhow::Result<()> {
    // Tried again after 1.5 s in all.
    stage.sim.fault(
        Fault::from(FaultKind::ErrorBefore { status: 500 }).for_number(Say::phone(1)),
        Trigger::next(5),
    );
    let mut says = vec![Say::reply(1, "in retry").with("profile", "fast")];
    for customer in 2..8 {
        says.extend((0..3).map(|n| Say::reply(customer, format!("{customer} {n}"))));
    }
    let ids = stage.say_all(&says).await?;
    stage.until(ids[0], "it waits for a retry", |row| row.tries >= 1).await?;
    let under_way = async || {
        (stage.count("select count(*) from delivery.message where state = 'intended'").await.ok()? > 0)
            .then_some(())
    };
    testkit::eventually(crate::fixture::PATIENCE, "calls are under way", under_way).await
}

async fn finished(stage: &Stage, since: Instant, what: &str) -> anyhow::Result<()> {
    stage.until_all("sent", 19).await?;
    let took = since.elapsed();
    report(&format!("{what}: everything finished after {took:?}"));
    assert!(took < Duration::from_secs(10), "{took:?}");
    let mut texts = stage.texts();
    assert_eq!(texts.len(), 19);
    texts.sort();
    texts.dedup();
    assert_eq!(texts.len(), 19);
    Ok(())
}

#[tokio::test]
async fn a_broker_that_forgot_everything_forgets_no_message() -> anyhow::Result<()> {
    let mut stage = Stage::with(slow(Duration::from_millis(300))).await?;
    let _replica = Replica::start(&stage).await?;
    in_every_state(&stage).await?;
    let wiped = Instant::now();
    stage.nats.wipe_store().await?;
    finished(&stage, wiped, "wiped").await?;
    // And wake-ups work again, on streams that were made anew.
    let late = stage.say(Say::reply(9, "after the flood")).await?;
    stage.until_state(late, "sent").await?;
    stage.until_no_wake_up().await
}

#[tokio::test]
async fn a_broker_that_is_away_delays_nothing_for_long() -> anyhow::Result<()> {
    let mut stage = Stage::with(slow(Duration::from_millis(300))).await?;
    let _replica = Replica::start(&stage).await?;
    in_every_state(&stage).await?;
    stage.nats.kill9()?;
    finished(&stage, Instant::now(), "killed").await?;
    stage.nats.restart().await?;
    let late = stage.say(Say::reply(9, "after the restart")).await?;
    stage.until_state(late, "sent").await?;
    Ok(())
}

#[expect(clippy::print_stderr, reason = "a measurement, shown when asked for")]
fn report(text: &str) {
    eprintln!("{text}");
}
