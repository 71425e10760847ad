use std::collections::BTreeMap;
use std::time::Instant;

use simulators::faults::Trigger;
use simulators::whatsapp::FaultKind;

use crate::fixture::{Replica, Say, Stage};

#[tokio::test]
async fn what_was_under_way_is_found_and_what_waited_is_sent() -> anyhow::Result<()> {
    let stage = Stage::new().await?;
    let owner = Replica::start(&stage).await?;
    // Taken, and never answered: the owner dies between its intents and their outcomes.
    stage.sim.fault(FaultKind::TimeoutAfter { hold_ms: 60_000 }, Trigger::ALWAYS);
    let mut says: Vec<Say> =
        (0..8).map(|customer| Say::reply(customer, format!("first {customer}"))).collect();
    says.extend((0..8).map(|customer| Say::reply(customer, format!("second {customer}"))));
    stage.say_all(&says).await?;
    stage.until_taken(8).await?;
    let spare = Replica::start(&stage).await?;
    owner.kill();
    let killed = Instant::now();
    stage.sim.forgive_all();
    stage.until_all("sent", 16).await?;
    let took = killed.elapsed();
    let mut counts: BTreeMap<String, u32> = BTreeMap::new();
    for text in stage.texts() {
        *counts.entry(text).or_default() += 1;
    }
    assert!(counts.len() == 16 && counts.values().all(|count| *count == 1), "{counts:?}");
    assert_eq!(stage.count("select count(*) from delivery.attempt where outcome <> 'accepted'").await?, 0);
    report(&format!(
        "killed owner: 8 unknown found and 8 more sent {took:?} after the kill, 5 s of it the lease"
    ));
    assert!(took.as_secs_f64() < 12.0, "{took:?}");
    drop(spare);
    Ok(())
}

#[expect(clippy::print_stderr, reason = "a measurement, shown when asked for")]
fn report(text: &str) {
    eprintln!("{text}");
}
