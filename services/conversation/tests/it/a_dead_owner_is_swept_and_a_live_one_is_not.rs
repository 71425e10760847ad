use std::time::Duration;

use work::Verdict;

use crate::fixture::{Fixture, claimed, verdict};

const GRACE: Duration = Duration::from_secs(5);

#[tokio::test]
async fn a_key_whose_owner_died_is_swept_at_once() -> anyhow::Result<()> {
    let fixture = Fixture::new().await?;
    let (one, two) = (fixture.instance().await?, fixture.instance().await?);
    let key = fixture.text("+447700900100", "m1").await?;
    claimed(&one, key).await?;
    assert!(two.overdue(10, GRACE).await?.is_empty(), "its owner is live and owes the look");
    fixture.kill(&one).await?;
    assert_eq!(two.overdue(10, GRACE).await?.len(), 1);
    assert!(two.overdue(10, GRACE).await?.is_empty(), "each key less and less often");
    assert!(matches!(verdict(&two, key).await?, Verdict::Claimed(_)));
    Ok(())
}

#[tokio::test]
async fn a_key_whose_wake_up_was_lost_is_swept_after_the_grace() -> anyhow::Result<()> {
    let fixture = Fixture::new().await?;
    let one = fixture.instance().await?;
    fixture.text("+447700900100", "m1").await?;
    assert!(one.overdue(10, GRACE).await?.is_empty(), "its wake-up may be on its way");
    sqlx::query("update conversation.item set received_at = received_at - interval '6 seconds'")
        .execute(&fixture.owner)
        .await?;
    assert_eq!(one.overdue(10, GRACE).await?.len(), 1);
    Ok(())
}

#[tokio::test]
async fn a_key_that_waits_for_its_retry_is_left_alone_until_then() -> anyhow::Result<()> {
    let fixture = Fixture::new().await?;
    let one = fixture.instance().await?;
    let key = fixture.text("+447700900100", "m1").await?;
    sqlx::query("update conversation.item set received_at = received_at - interval '1 hour'")
        .execute(&fixture.owner)
        .await?;
    let held = claimed(&one, key).await?;
    assert!(one.defer(held, Duration::from_secs(60)).await?);
    assert!(one.overdue(10, GRACE).await?.is_empty());
    assert!(matches!(verdict(&one, key).await?, Verdict::Early { wait } if wait > Duration::from_secs(50)));
    Ok(())
}

#[tokio::test]
async fn what_nothing_runs_is_handed_back_with_its_start_restored() -> anyhow::Result<()> {
    let fixture = Fixture::new().await?;
    let (one, two) = (fixture.instance().await?, fixture.instance().await?);
    let key = fixture.text("+447700900100", "m1").await?;
    // The claim's COMMIT came through, its answer did not: the row says mine, and nothing in memory runs it.
    claimed(&one, key).await?;
    let mine = one.owned().await?;
    assert_eq!(mine.len(), 1);
    one.hand_back(&mine).await?;
    claimed(&two, key).await?;
    assert_eq!(fixture.count("select starts::bigint from conversation.work").await?, 1);
    Ok(())
}
