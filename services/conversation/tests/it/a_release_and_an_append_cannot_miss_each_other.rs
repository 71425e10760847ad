use std::time::Duration;

use conversation::store::turns::{self, Committed};
use work::Verdict;

use crate::fixture::{Fixture, claimed, turn, verdict};

/// The reproduced failure of the obvious variant: the releaser's commit is in flight when a wake-up for a new item looks.
/// A conditional update would see no row and drop the wake-up; the claim must wait, and then see.
#[tokio::test(flavor = "multi_thread")]
async fn a_claim_waits_for_a_release_in_flight_and_then_takes_the_key() -> anyhow::Result<()> {
    let fixture = Fixture::new().await?;
    let (one, two) = (fixture.instance().await?, fixture.instance().await?);
    let key = fixture.text("+447700900100", "m1").await?;
    let held = claimed(&one, key).await?;

    // Instance one has read "nothing more" and holds its commit open …
    let mut releasing = fixture.owner.begin().await?;
    sqlx::query("select * from conversation.commit_turns($1, $2)")
        .bind(one.me().uuid())
        .bind(serde_json::json!([turn(held, 1)]))
        .execute(&mut *releasing)
        .await?;
    // … when an item is appended, which never waits for it, and its wake-up looks.
    fixture.text("+447700900100", "m2").await?;
    let looking = tokio::spawn(async move { verdict(&two, key).await });
    let waits = || async {
        let waiting =
            "select count(*) from pg_stat_activity where wait_event_type = 'Lock' and query like '%claim%'";
        (fixture.count(waiting).await.ok()? > 0).then_some(())
    };
    testkit::eventually(Duration::from_secs(5), "the claim to wait for the release", waits).await?;
    assert!(!looking.is_finished());
    releasing.commit().await?;
    assert!(matches!(looking.await??, Verdict::Claimed(_)));
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_release_that_finds_a_new_item_keeps_the_key() -> anyhow::Result<()> {
    let fixture = Fixture::new().await?;
    let (one, two) = (fixture.instance().await?, fixture.instance().await?);
    let key = fixture.text("+447700900100", "m1").await?;
    let held = claimed(&one, key).await?;
    fixture.text("+447700900100", "m2").await?;
    assert_eq!(verdict(&two, key).await?, Verdict::Owned, "the wake-up is acked: the owner reads again");

    let mut first = turn(held, 1);
    first.discardable = false;
    let done = turns::commit(&fixture.pool, one.me(), &[first]).await?;
    assert_eq!(done, [Committed::Done { released: false, effect: None }]);
    assert_eq!(turns::load(&fixture.pool, &[key]).await?.len(), 1);
    let done = turns::commit(&fixture.pool, one.me(), &[turn(held, 2)]).await?;
    assert_eq!(done, [Committed::Done { released: true, effect: None }]);
    assert_eq!(verdict(&two, key).await?, Verdict::Idle);
    Ok(())
}
