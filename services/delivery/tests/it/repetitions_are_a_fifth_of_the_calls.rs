//! While a provider fails, repetitions do not make it worse: they are held back, which costs no try, and go once first tries have
//! earned them.

use std::time::Instant;

use simulators::faults::Trigger;
use simulators::whatsapp::FaultKind;

use crate::fixture::{PATIENCE, Replica, Say, Stage};

const FAILING: u32 = 40;

#[tokio::test]
async fn and_what_is_held_back_waits_without_a_try() -> anyhow::Result<()> {
    let stage = Stage::new().await?;
    let _replica = Replica::start(&stage).await?;
    stage.sim.fault(FaultKind::ErrorBefore { status: 500 }, Trigger::ALWAYS);
    let begun = Instant::now();
    let says: Vec<Say> =
        (0..FAILING).map(|customer| Say::reply(customer, "hello").with("profile", "fast")).collect();
    stage.say_all(&says).await?;
    let held = async || {
        let sql = "select count(*) from delivery.attempt where held_until > retry_at";
        (stage.count(sql).await.ok()? >= i64::from(FAILING) / 2).then_some(())
    };
    testkit::eventually(PATIENCE, "repetitions are held back", held).await?;
    let repeated = stage.count("select count(*) from delivery.attempt where n > 1").await?;
    let elapsed = begun.elapsed().as_secs_f64();
    let most = 30.0 + f64::from(FAILING) * 0.25 + elapsed * 0.5;
    assert!(repeated as f64 <= most + 1.0, "{repeated} repetitions of {FAILING} messages in {elapsed:.1} s");
    let burnt = "select count(*) from delivery.message m
                 where m.tries > (select count(*) from delivery.attempt a where a.message_id = m.id)";
    assert_eq!(stage.count(burnt).await?, 0, "holding back counts no try");
    let told =
        "select count(*) from delivery.message where state = 'queued' and reason ->> 'cause' = 'retry_share'";
    assert!(stage.count(told).await? > 0, "a message says why it waits");

    // The provider is well again: what is said for the first time earns what is to be repeated.
    stage.sim.forgive_all();
    let others: Vec<Say> = (100..300).map(|customer| Say::reply(customer, "good morning")).collect();
    stage.say_all(&others).await?;
    stage.until_all("sent", i64::from(FAILING) + 200).await
}
