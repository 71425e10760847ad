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
    assert!(
        !turns::fail(
            &fixture.pool,
            sleeper.me(),
            stale,
            std::time::Duration::ZERO,
            "late",
            jiff::Timestamp::UNIX_EPOCH
        )
        .await?
    );
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

/// Handed back and claimed again by the same process: what the first run still means to write is as lost as a stranger's.
#[tokio::test]
async fn an_older_claim_of_the_same_instance_is_lost_too() -> anyhow::Result<()> {
    let fixture = Fixture::new().await?;
    let one = fixture.instance().await?;
    let key = fixture.text("+447700900100", "m1").await?;
    let stale = claimed(&one, key).await?;
    assert!(one.defer(stale, std::time::Duration::ZERO).await?);
    let fresh = claimed(&one, key).await?;
    assert_eq!(turns::commit(&fixture.pool, one.me(), &[turn(stale, 1)]).await?, [Committed::Lost]);
    assert!(
        !turns::fail(
            &fixture.pool,
            one.me(),
            stale,
            std::time::Duration::ZERO,
            "late",
            jiff::Timestamp::UNIX_EPOCH
        )
        .await?
    );
    one.hand_back(&[(key, stale.epoch)]).await?;
    assert_eq!(one.owned().await?, [(key, fresh.epoch)]);
    let done = turns::commit(&fixture.pool, one.me(), &[turn(fresh, 1)]).await?;
    assert_eq!(done, [Committed::Done { released: true, effect: None }]);
    assert_eq!(fixture.count("select count(*) from delivery.said").await?, 1);
    Ok(())
}

#[tokio::test]
async fn the_cursor_never_falls() -> anyhow::Result<()> {
    let fixture = Fixture::new().await?;
    let one = fixture.instance().await?;
    let key = fixture.text("+447700900100", "m1").await?;
    for id in ["m2", "m3"] {
        fixture.text("+447700900100", id).await?;
    }
    let held = claimed(&one, key).await?;
    for upto in [2, 1] {
        let mut turn = turn(held, upto);
        turn.discardable = false;
        turns::commit(&fixture.pool, one.me(), &[turn]).await?;
        assert_eq!(
            fixture.count("select done_seq from conversation.work").await?,
            2,
            "after a turn up to {upto}"
        );
    }
    Ok(())
}
