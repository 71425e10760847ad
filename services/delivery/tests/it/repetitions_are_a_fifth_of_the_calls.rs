//! While a provider fails, repetitions do not make it worse: each is held back until a turn of its own, which costs no try, and all
//! go within seconds once it is well.

use std::time::{Duration, Instant};

use simulators::faults::Trigger;
use simulators::whatsapp::FaultKind;

use crate::fixture::{PATIENCE, Replica, Say, Stage};

const FAILING: u32 = 60;
const HELD: &str =
    "select count(*) from delivery.message where state = 'queued' and reason ->> 'cause' = 'retry_share'";

/// All are said while every call fails, and many are held.
async fn a_storm(fault: FaultKind) -> anyhow::Result<Stage> {
    let stage = Stage::new().await?;
    stage.sim.fault(fault, Trigger::ALWAYS);
    let says: Vec<Say> =
        (0..FAILING).map(|customer| Say::reply(customer, "hello").with("profile", "fast")).collect();
    stage.enqueue(&says).await?;
    Ok(stage)
}

async fn until_held(stage: &Stage, many: i64) -> anyhow::Result<()> {
    let held = async || (stage.count(HELD).await.ok()? >= many).then_some(());
    testkit::eventually(PATIENCE, "repetitions are held back", held).await
}

#[tokio::test]
async fn and_what_is_held_back_waits_for_its_own_turn_without_a_try() -> anyhow::Result<()> {
    let stage = a_storm(FaultKind::ErrorBefore { status: 500 }).await?;
    let begun = Instant::now();
    let replica = Replica::start(&stage).await?;
    until_held(&stage, i64::from(FAILING) / 2).await?;
    let repeated = stage.count("select count(*) from delivery.attempt where n > 1").await?;
    let elapsed = begun.elapsed().as_secs_f64();
    let most = 30.0 + f64::from(FAILING) * 0.25 + elapsed * 0.5;
    assert!(repeated as f64 <= most + 1.0, "{repeated} repetitions of {FAILING} messages in {elapsed:.1} s");
    let burnt = "select count(*) from delivery.message m
                 where m.tries > (select count(*) from delivery.attempt a where a.message_id = m.id)";
    assert_eq!(stage.count(burnt).await?, 0, "holding back counts no try");
    // Each has a turn of its own, by the trickle of one in two seconds. A few coincide, where somebody came after others had been
    // called up.
    let crowd = "select max(n) from (
        select count(*) as n from delivery.message where state = 'queued' and reason ->> 'cause' = 'retry_share'
        group by floor(extract(epoch from due_at) / 2)) s";
    assert!(stage.count(crowd).await? <= 8, "they would all be looked at again at once");
    let last =
        "select count(*) from delivery.attempt where held_until > clock_timestamp() + interval '20 seconds'";
    assert!(stage.count(last).await? > 0, "the timeline says until when");

    // The provider is well again. Another owner goes on with those that are held.
    stage.sim.forgive_all();
    assert_eq!(replica.stop().await?, std::process::ExitCode::SUCCESS);
    let begun = Instant::now();
    let _other = Replica::start(&stage).await?;
    stage.until_all("sent", i64::from(FAILING)).await?;
    assert!(begun.elapsed() < Duration::from_secs(10), "{:.1?} for {FAILING}", begun.elapsed());
    Ok(())
}

#[tokio::test]
async fn after_a_storm_of_limits_all_but_what_was_taken_back_go_within_seconds() -> anyhow::Result<()> {
    let stage = a_storm(FaultKind::RateLimited { retry_after_s: None }).await?;
    let _replica = Replica::start(&stage).await?;
    until_held(&stage, 10).await?;
    assert_eq!(stage.count("select sum(tries) from delivery.message").await?, 0, "no try is used up");
    // Whoever is cancelled while it is held takes nobody's turn, though it is the first.
    let cancelled =
        "with gone as (update delivery.message set state = 'cancelled', settled_at = clock_timestamp()
                     where id in (select id from delivery.message where state = 'queued' and
                                  reason ->> 'cause' = 'retry_share' order by due_at limit 5) returning 1)
                     select count(*) from gone";
    assert_eq!(stage.count(cancelled).await?, 5);
    stage.sim.forgive_all();
    let begun = Instant::now();
    let left = "select count(*) from delivery.message where state not in ('sent', 'cancelled')";
    let none = async || (stage.count(left).await.ok()? == 0).then_some(());
    testkit::eventually(PATIENCE, "the others are sent", none).await?;
    assert!(begun.elapsed() < Duration::from_secs(10), "{:.1?}", begun.elapsed());
    Ok(())
}
