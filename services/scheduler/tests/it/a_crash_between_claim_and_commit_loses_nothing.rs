use scheduler::domain::wording::Templates;
use scheduler::reminders::hand_over;
use scheduler::store::due_reminders;

use crate::fixture::{House, in_hours};

#[tokio::test]
async fn a_worker_that_dies_with_claims_leaves_them_to_the_next() -> anyhow::Result<()> {
    let house = House::open().await?;
    let booking = house.book(in_hours(10)?).await?;
    house.make_due(booking, 1).await?;

    let mut dying = house.pool.begin().await?;
    assert_eq!(due_reminders::claim_due(&mut dying, 10).await?.len(), 1);
    assert_eq!(house.look().await?.claimed, 0, "nobody else may touch it meanwhile");
    // As kill -9 does: the connection ends in the middle of the transaction.
    let pid: i32 = sqlx::query_scalar("select pg_backend_pid()").fetch_one(&mut *dying).await?;
    sqlx::query("select pg_terminate_backend($1, 5000)").bind(pid).execute(&house.owner).await?;

    assert_eq!(house.look().await?.wake_ups.len(), 1);
    assert_eq!(house.look().await?.claimed, 0);
    assert_eq!(house.outbox().await?.len(), 1);
    Ok(())
}

/// The message may be in delivery's inbox and the row not settled only if both are undone together.
#[tokio::test]
async fn a_crash_before_the_commit_takes_the_message_along() -> anyhow::Result<()> {
    let house = House::open().await?;
    let booking = house.book(in_hours(10)?).await?;
    house.make_due(booking, 1).await?;
    // The last statement of the transaction fails, after delivery and conversation were told.
    sqlx::query(
        "create function public.fail() returns trigger language plpgsql as
         $$ begin raise exception 'power cut' using errcode = '57P01'; end $$",
    )
    .execute(&house.owner)
    .await?;
    sqlx::query(
        "create constraint trigger fail after update on scheduler.reminder deferrable initially deferred
         for each row execute function public.fail()",
    )
    .execute(&house.owner)
    .await?;
    assert!(hand_over(&house.pool, &Templates::try_new()?, 10).await.is_err());
    let said: i64 =
        sqlx::query_scalar("select count(*) from conversation.said").fetch_one(&house.owner).await?;
    assert_eq!((house.outbox().await?.len(), said), (0, 0));

    sqlx::query("drop trigger fail on scheduler.reminder").execute(&house.owner).await?;
    house.look().await?;
    let said: i64 =
        sqlx::query_scalar("select count(*) from conversation.said").fetch_one(&house.owner).await?;
    assert_eq!((house.outbox().await?.len(), said), (1, 1));
    Ok(())
}
