use simulators::faults::Trigger;
use simulators::whatsapp::{Entry, FaultKind};

use crate::fixture::{Pace, Replica, Say, Stage};

#[tokio::test]
async fn a_limit_slows_the_whole_channel_and_burns_no_try() -> anyhow::Result<()> {
    let stage = Stage::new().await?;
    // Slow enough for the answer to be known before the next one may go.
    stage.pace(Pace { per_second: 5.0, burst: 1 }).await?;
    stage.sim.fault(FaultKind::RateLimited { retry_after_s: Some(2) }, Trigger::next(1));
    let says: Vec<Say> = (1..=5).map(|customer| Say::reply(customer, format!("to {customer}"))).collect();
    let ids = stage.enqueue(&says).await?;
    let _replica = Replica::start(&stage).await?;
    let limited = stage.until(ids[0], "it was refused for a limit", |row| row.waits == 1).await?;
    assert_eq!((limited.state.as_str(), limited.tries), ("queued", 0));
    let reason = limited.reason.unwrap_or_default();
    assert_eq!(reason["cause"], "rate_limited");
    stage.until_all("sent", 5).await?;
    let entries = stage.sim.journal().all();
    let refused =
        entries.iter().position(|noted| matches!(noted.entry, Entry::Refused { status: Some(429), .. }));
    let refused = refused.unwrap_or_default();
    let (before, after) = entries.split_at(refused);
    let sends = |noted: &&simulators::journal::Noted<Entry>| matches!(noted.entry, Entry::Send { .. });
    // What was under way when the limit was told may still arrive; everything else waits.
    let told = after.first().map_or(0, |noted| noted.at_us);
    let pauses: Vec<i64> = after.iter().filter(sends).map(|noted| noted.at_us - told).collect();
    let (under_way, waited): (Vec<i64>, Vec<i64>) = pauses.into_iter().partition(|pause| *pause < 1_000_000);
    assert!(before.iter().filter(sends).count() + under_way.len() <= 2, "{entries:?}");
    assert!(
        !waited.is_empty() && waited.iter().all(|pause| *pause >= 1_950_000),
        "{waited:?} µs after the limit"
    );
    let row = stage.message(ids[0]).await?;
    assert_eq!((row.attempts, row.tries, row.waits), (2, 1, 0));
    Ok(())
}
