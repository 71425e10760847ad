use std::time::Duration;

use futures_util::future::try_join_all;
use sqlx::Connection as _;

use crate::fixture::{self, House, in_hours};

#[tokio::test]
async fn the_first_answer_is_given_again() -> anyhow::Result<()> {
    let house = House::open().await?;
    let wish = house.booking_wish(house.ann, 0, in_hours(30)?);
    let first = house.commit(&wish).await?;
    assert_eq!(first["outcome"], "done");
    let again = try_join_all((0..4).map(|_| house.commit(&wish))).await?;
    assert!(again.iter().all(|answer| *answer == first), "{again:?}");
    let booking = fixture::booking_of(&first)?;
    assert_eq!(house.reminders(booking).await?.len(), 12, "reminders were not planned again");
    Ok(())
}

#[tokio::test]
async fn a_refusal_stays_a_refusal() -> anyhow::Result<()> {
    let house = House::open().await?;
    let starts_at = in_hours(30)?;
    let booking = house.book(starts_at).await?;
    let late = house.booking_wish(house.newcomer().await?, 0, starts_at);
    assert_eq!(house.commit(&late).await?["outcome"], "taken");
    // The time becomes free, but the customer was told that it is taken and must be asked again.
    house.commit(&house.wish(house.ann, "cancel", &serde_json::json!({ "booking_id": booking }))).await?;
    assert_eq!(house.commit(&late).await?["outcome"], "taken");
    Ok(())
}

#[tokio::test]
async fn who_comes_second_waits_for_the_first() -> anyhow::Result<()> {
    let house = House::open().await?;
    let wish = house.booking_wish(house.ann, 0, in_hours(30)?);
    let mut first = house.conversation.acquire().await?;
    let mut turn = first.begin().await?;
    let answer = fixture::commit(&mut turn, &wish).await?;

    let second = tokio::spawn({
        let (pool, wish) = (house.conversation.clone(), wish.clone());
        async move { fixture::commit(&mut *pool.acquire().await?, &wish).await }
    });
    let waits = "select count(*) from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()";
    testkit::eventually(Duration::from_secs(5), "the second commit waits", || async {
        let waiting: i64 = sqlx::query_scalar(waits).fetch_one(&house.owner).await.ok()?;
        (waiting == 1).then_some(())
    })
    .await?;
    turn.commit().await?;
    assert_eq!(second.await??, answer);
    Ok(())
}

#[tokio::test]
async fn another_tenant_cannot_ask_for_it() -> anyhow::Result<()> {
    let house = House::open().await?;
    let mut wish = house.booking_wish(house.ann, 0, in_hours(30)?);
    house.commit(&wish).await?;
    wish["tenant_id"] = serde_json::json!(uuid::Uuid::now_v7());
    let refused = house.commit(&wish).await.map_err(|error| error.to_string());
    assert!(refused.is_err_and(|error| error.contains("belongs to another tenant")));
    Ok(())
}
