use conversation::store::turns::{self, Committed};
use work::{Held, Verdict};

use crate::fixture::{Fixture, claimed, turn, verdict};

/// A claim does not wait for the disk, so a crash of the server may forget one that was answered.
#[tokio::test(flavor = "multi_thread")]
async fn who_holds_a_forgotten_claim_has_lost_the_key_and_another_takes_it() -> anyhow::Result<()> {
    let fixture = Fixture::new().await?;
    let (one, two) = (fixture.instance().await?, fixture.instance().await?);
    let key = fixture.text("+447700900100", "m1").await?;

    let mut crash = fixture.owner.begin().await?;
    let epoch: i64 = sqlx::query_scalar("select epoch from conversation.claim(array[$1], $2)")
        .bind(key)
        .bind(one.me().uuid())
        .fetch_one(&mut *crash)
        .await?;
    let waits: String = sqlx::query_scalar("show synchronous_commit").fetch_one(&mut *crash).await?;
    assert_eq!(waits, "off", "a claim costs no flush");
    crash.rollback().await?;

    let forgotten = Held { key, epoch, done_seq: 0 };
    assert_eq!(turns::commit(&fixture.pool, one.me(), &[turn(forgotten, 1)]).await?, [Committed::Lost]);
    let held = claimed(&two, key).await?;
    assert_eq!(turns::commit(&fixture.pool, one.me(), &[turn(forgotten, 1)]).await?, [Committed::Lost]);
    let done = turns::commit(&fixture.pool, two.me(), &[turn(held, 1)]).await?;
    assert_eq!(done, [Committed::Done { released: true, effect: None }]);
    assert_eq!(verdict(&one, key).await?, Verdict::Idle);
    Ok(())
}
