//! The verdict is the desk's, not the bench's.

use std::time::Duration;

use bench::{Flow, at_rate, drain, saturate};

use crate::desk::{Manners, open};

const PATIENCE: Duration = Duration::from_millis(500);

#[tokio::test]
async fn a_constant_rate_reaches_everybody_once() -> anyhow::Result<()> {
    let (world, _desk) = open(Manners::Proper).await?;
    let who = at_rate(&world, 500, Duration::from_millis(200)).await?;
    assert_eq!(who, 0..100);
    assert!(drain(&world, PATIENCE).await);
    let verdict = world.customers.verdict();
    assert!(verdict.is_good(), "{verdict:?}");
    assert_eq!((verdict.answers, world.loops()), (100, 100));
    let (webhook, provider) = (world.customers.acceptance(who.clone()), world.customers.reach(who));
    assert_eq!((webhook.summary().count, provider.summary().count), (100, 100));
    assert!(webhook.percentile(0.5) > Duration::ZERO);
    Ok(())
}

#[tokio::test]
async fn saturation_keeps_to_its_bound_and_ends() -> anyhow::Result<()> {
    let (world, _desk) = open(Manners::Proper).await?;
    saturate(&world, Flow { in_flight: 8, returning: 0 }, Duration::from_millis(200)).await?;
    assert!(drain(&world, PATIENCE).await);
    let verdict = world.customers.verdict();
    assert!(verdict.is_good() && verdict.customers > 8, "{verdict:?}");
    assert_eq!(world.loops(), verdict.messages);
    Ok(())
}

#[tokio::test]
async fn regulars_write_again_once_they_are_answered() -> anyhow::Result<()> {
    let (world, _desk) = open(Manners::Proper).await?;
    saturate(&world, Flow { in_flight: 4, returning: 10 }, Duration::from_millis(200)).await?;
    assert!(drain(&world, PATIENCE).await);
    let verdict = world.customers.verdict();
    assert!(verdict.is_good() && verdict.customers == 10 && verdict.messages > 10, "{verdict:?}");
    Ok(())
}

#[tokio::test]
async fn a_forgotten_customer_is_noticed() -> anyhow::Result<()> {
    let (world, _desk) = open(Manners::Forgetful).await?;
    at_rate(&world, 500, Duration::from_millis(20)).await?;
    assert!(!drain(&world, PATIENCE).await);
    let verdict = world.customers.verdict();
    assert_eq!((verdict.lost, verdict.doubled, verdict.is_good()), (1, 0, false));
    Ok(())
}

#[tokio::test]
async fn a_second_answer_is_noticed() -> anyhow::Result<()> {
    let (world, _desk) = open(Manners::Repetitive).await?;
    at_rate(&world, 500, Duration::from_millis(20)).await?;
    drain(&world, PATIENCE).await;
    let verdict = world.customers.verdict();
    assert_eq!((verdict.lost, verdict.doubled, verdict.is_good()), (0, 1, false));
    Ok(())
}
