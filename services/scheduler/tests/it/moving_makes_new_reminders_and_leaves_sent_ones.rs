use serde_json::json;

use crate::fixture::{House, in_hours};

#[tokio::test]
async fn numbers_go_on_and_no_id_comes_back() -> anyhow::Result<()> {
    let house = House::open().await?;
    let booking = house.book(in_hours(10)?).await?;
    house.make_due(booking, 1).await?;
    house.look().await?;
    sqlx::query("update delivery.message set state = 'sent'").execute(&house.owner).await?;

    let to = json!({ "booking_id": booking, "starts_at": in_hours(7)? });
    let answer = house.commit(&house.wish(house.ann, "move", &to)).await?;
    assert_eq!(answer["outcome"], "done");
    assert_eq!(answer["booking_id"], json!(booking));
    let found: Vec<(i32, String)> = house.reminders(booking).await?;
    let states: Vec<&str> = found.iter().map(|(_, state)| state.as_str()).collect();
    assert_eq!(states[..4], ["completed", "voided", "voided", "voided"]);
    assert!(states[4..].iter().all(|state| *state == "waiting") && states.len() >= 6, "{states:?}");
    assert_eq!(
        found.iter().map(|(number, _)| *number).collect::<Vec<_>>(),
        (1..=i32::try_from(found.len())?).collect::<Vec<_>>()
    );

    let ids: Vec<String> =
        sqlx::query_scalar("select id from scheduler.reminder order by scheduled_for, number")
            .fetch_all(&house.owner)
            .await?;
    assert!(ids.contains(&format!("bkg_{}-reminder-5", booking.simple())), "{ids:?}");
    let in_order: bool = sqlx::query_scalar(
        "select bool_and(earlier <= scheduled_for) from (
           select scheduled_for, lag(scheduled_for, 1, scheduled_for) over (order by number) as earlier
           from scheduler.reminder where state = 'waiting')",
    )
    .fetch_one(&house.owner)
    .await?;
    assert!(in_order);
    Ok(())
}

#[tokio::test]
async fn the_new_reminders_are_for_the_new_time() -> anyhow::Result<()> {
    let house = House::open().await?;
    let booking = house.book(in_hours(30)?).await?;
    let new_start = in_hours(5)?;
    let to = json!({ "booking_id": booking, "starts_at": new_start, "staff_id": house.staff(1) });
    let answer = house.commit(&house.wish(house.ann, "move", &to)).await?;
    assert_eq!((&answer["outcome"], &answer["staff"]), (&json!("done"), &json!("Cleo")));
    let late: i64 = sqlx::query_scalar(
        "select count(*) from scheduler.reminder r join scheduler.booking b on b.id = r.booking_id
         where r.state = 'waiting' and (r.not_after > b.starts_at or r.booking_version <> b.version)",
    )
    .fetch_one(&house.owner)
    .await?;
    assert_eq!(late, 0);
    house.make_due(booking, 1).await?;
    assert_eq!(house.look().await?.wake_ups.len(), 1);
    Ok(())
}

#[tokio::test]
async fn a_move_to_a_taken_time_changes_nothing() -> anyhow::Result<()> {
    let house = House::open().await?;
    let (mine, theirs) = (in_hours(10)?, in_hours(20)?);
    let booking = house.book(mine).await?;
    house.commit(&house.booking_wish(house.newcomer().await?, 0, theirs)).await?;
    let before = house.reminders(booking).await?;
    let to = json!({ "booking_id": booking, "starts_at": theirs });
    assert_eq!(house.commit(&house.wish(house.ann, "move", &to)).await?["outcome"], "taken");
    assert_eq!(house.reminders(booking).await?, before);
    let still: jiff_sqlx::Timestamp =
        sqlx::query_scalar("select starts_at from scheduler.booking where id = $1")
            .bind(booking)
            .fetch_one(&house.owner)
            .await?;
    assert_eq!(still.to_jiff(), mine);
    Ok(())
}
