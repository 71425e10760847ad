use serde_json::json;

use crate::fixture::{House, in_hours};

#[tokio::test]
async fn what_waits_is_voided_and_what_was_queued_is_cancelled() -> anyhow::Result<()> {
    let house = House::open().await?;
    let booking = house.book(in_hours(10)?).await?;
    house.make_due(booking, 1).await?;
    assert_eq!(house.look().await?.claimed, 1);
    let answer = house.commit(&house.wish(house.ann, "cancel", &json!({ "booking_id": booking }))).await?;
    assert_eq!(answer["outcome"], "done");
    assert_eq!(answer["service"], "Haircut");
    let states: Vec<String> = house.reminders(booking).await?.into_iter().map(|(_, state)| state).collect();
    assert_eq!(states, ["voided"; 4]);
    assert_eq!(house.outbox().await?[0].1, "cancelled");
    Ok(())
}

#[tokio::test]
async fn what_was_sent_stays_as_it_is() -> anyhow::Result<()> {
    let house = House::open().await?;
    let booking = house.book(in_hours(10)?).await?;
    house.make_due(booking, 1).await?;
    house.look().await?;
    sqlx::query("update delivery.message set state = 'sent'").execute(&house.owner).await?;
    house.commit(&house.wish(house.ann, "cancel", &json!({ "booking_id": booking }))).await?;
    let states: Vec<String> = house.reminders(booking).await?.into_iter().map(|(_, state)| state).collect();
    assert_eq!(states, ["completed", "voided", "voided", "voided"]);
    Ok(())
}

#[tokio::test]
async fn the_time_is_free_again() -> anyhow::Result<()> {
    let house = House::open().await?;
    let starts_at = in_hours(10)?;
    let booking = house.book(starts_at).await?;
    house.commit(&house.wish(house.ann, "cancel", &json!({ "booking_id": booking }))).await?;
    let answer = house.commit(&house.booking_wish(house.newcomer().await?, 0, starts_at)).await?;
    assert_eq!(answer["outcome"], "done");
    Ok(())
}
