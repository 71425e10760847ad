use sqlx::Connection as _;

use crate::fixture::{self, House, in_hours};

#[tokio::test]
async fn a_turn_that_is_rolled_back_leaves_no_trace() -> anyhow::Result<()> {
    let house = House::open().await?;
    let wish = house.booking_wish(house.ann, 0, in_hours(30)?);
    let mut connection = house.conversation.acquire().await?;
    let mut turn = connection.begin().await?;
    assert_eq!(fixture::commit(&mut turn, &wish).await?["outcome"], "done");
    turn.rollback().await?;

    let left: i64 = sqlx::query_scalar(
        "select (select count(*) from scheduler.booking) + (select count(*) from scheduler.effect)
              + (select count(*) from scheduler.reminder)",
    )
    .fetch_one(&house.owner)
    .await?;
    assert_eq!(left, 0);
    assert_eq!(house.commit(&wish).await?["outcome"], "done", "the turn is tried again");
    Ok(())
}

#[tokio::test]
async fn a_refusal_does_not_spoil_the_turn() -> anyhow::Result<()> {
    let house = House::open().await?;
    let starts_at = in_hours(30)?;
    house.book(starts_at).await?;
    let mut connection = house.conversation.acquire().await?;
    let mut turn = connection.begin().await?;
    let taken = house.booking_wish(house.newcomer().await?, 0, starts_at);
    assert_eq!(fixture::commit(&mut turn, &taken).await?["outcome"], "taken");
    sqlx::query("select 1").execute(&mut *turn).await?;
    turn.commit().await?;
    Ok(())
}

#[tokio::test]
async fn conversation_may_call_nothing_else() -> anyhow::Result<()> {
    let house = House::open().await?;
    for forbidden in ["select scheduler.apply_effect('{}', 'operator')", "select 1 from scheduler.booking"] {
        let refused =
            sqlx::query(forbidden).execute(&house.conversation).await.map_err(|error| error.to_string());
        assert!(refused.is_err_and(|error| error.contains("permission denied")), "{forbidden}");
    }
    Ok(())
}
