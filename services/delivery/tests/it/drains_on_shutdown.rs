use std::process::ExitCode;
use std::time::{Duration, Instant};

use crate::fixture::{Pace, Replica, Say, Stage, slow};

#[tokio::test]
async fn calls_under_way_are_finished_and_channels_handed_back() -> anyhow::Result<()> {
    let stage = Stage::with(slow(Duration::from_millis(700))).await?;
    // Some more channels, so that the one that stays must take more than it has.
    for number in 0..3_u128 {
        stage.channel(uuid::Uuid::from_u128(100 + number), &format!("other-{number}"), Pace::FREE).await?;
    }
    let one = Replica::start(&stage).await?;
    let says: Vec<Say> = (0..12).map(|n| Say::reply(n % 6, format!("{} {n:02}", n % 6))).collect();
    stage.say_all(&says).await?;
    let under_way = async || {
        let calls = "select count(*) from delivery.message where state = 'intended'";
        (stage.count(calls).await.ok()? == 6).then_some(())
    };
    testkit::eventually(crate::fixture::PATIENCE, "six calls are under way", under_way).await?;
    assert_eq!(one.stop().await?, ExitCode::SUCCESS);
    // Settled as usual, nothing new begun, nobody owns anything.
    assert_eq!(
        stage.states().await?.into_iter().collect::<Vec<_>>(),
        [("queued".into(), 6), ("sent".into(), 6)]
    );
    assert_eq!(stage.count("select count(*) from delivery.work where owner is not null").await?, 0);
    let began = Instant::now();
    let _two = Replica::start(&stage).await?;
    let all = async || {
        let owned = "select count(*) from delivery.work where delivery.is_live(owner)";
        (stage.count(owned).await.ok()? == 4).then_some(())
    };
    testkit::eventually(crate::fixture::PATIENCE, "another one owns all channels", all).await?;
    let took = began.elapsed();
    assert!(took < Duration::from_secs(4), "{took:?}: who left is no longer counted");
    stage.until_all("sent", 12).await?;
    assert_eq!(stage.texts().len(), 12);
    assert_eq!(stage.count("select count(*) from delivery.attempt where outcome <> 'accepted'").await?, 0);
    Ok(())
}
