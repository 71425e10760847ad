use conversation::store::turns::{self, Committed};

use crate::fixture::{Fixture, claimed, turn};

/// A process stopped past its lease wakes up in the middle of a turn: its commit, release, failure and deferral change
/// nothing, and the new owner's answer is the only one.
#[tokio::test]
async fn an_owner_that_slept_past_its_lease_can_do_nothing() -> anyhow::Result<()> {
    let fixture = Fixture::new().await?;
    let (sleeper, heir) = (fixture.instance().await?, fixture.instance().await?);
    let key = fixture.text("+447700900100", "m1").await?;
    let stale = claimed(&sleeper, key).await?;
    fixture.kill(&sleeper).await?;
    let fresh = claimed(&heir, key).await?;
    assert_eq!(fresh.epoch, stale.epoch + 1);

    sleeper.beat().await?;
    assert_eq!(turns::commit(&fixture.pool, sleeper.me(), &[turn(stale, 1)]).await?, [Committed::Lost]);
    assert!(sleeper.release(&[stale]).await?.is_empty());
    assert!(!sleeper.defer(stale, std::time::Duration::ZERO).await?);
    assert!(!turns::fail(&fixture.pool, sleeper.me(), stale, std::time::Duration::ZERO, "late").await?);
    assert_eq!(fixture.count("select count(*) from delivery.said").await?, 0);

    let done = turns::commit(&fixture.pool, heir.me(), &[turn(fresh, 1)]).await?;
    assert_eq!(done, [Committed::Done { released: true, effect: None }]);
    assert_eq!(fixture.count("select count(*) from delivery.said").await?, 1);
    Ok(())
}

#[tokio::test]
async fn the_same_epoch_in_other_hands_is_lost_too() -> anyhow::Result<()> {
    let fixture = Fixture::new().await?;
    let (one, two) = (fixture.instance().await?, fixture.instance().await?);
    let key = fixture.text("+447700900100", "m1").await?;
    let held = claimed(&one, key).await?;
    assert_eq!(turns::commit(&fixture.pool, two.me(), &[turn(held, 1)]).await?, [Committed::Lost]);
    Ok(())
}
