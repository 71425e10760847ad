use crate::fixture::{House, in_hours};

#[tokio::test]
async fn what_the_next_one_has_overtaken_is_dropped_with_a_reason() -> anyhow::Result<()> {
    let house = House::open().await?;
    let booking = house.book(in_hours(10)?).await?;
    // Nobody looked for five hours: 02:00 and 04:00 have passed, 06:00 has not.
    sqlx::query(
        "update scheduler.reminder set scheduled_for = scheduled_for - interval '5 hours',
                look_at = look_at - interval '5 hours', not_after = not_after - interval '5 hours'",
    )
    .execute(&house.owner)
    .await?;
    assert_eq!(house.look().await?.wake_ups.len(), 1);
    let found: Vec<(String, Option<String>)> =
        sqlx::query_as("select state, reason from scheduler.reminder where booking_id = $1 order by number")
            .bind(booking)
            .fetch_all(&house.owner)
            .await?;
    let expired = ("expired".to_owned(), Some("the next reminder was already due".to_owned()));
    assert_eq!(
        found,
        [expired, ("completed".to_owned(), None), ("waiting".to_owned(), None), ("waiting".to_owned(), None)]
    );
    Ok(())
}

#[tokio::test]
async fn after_the_visit_has_begun_nothing_is_said() -> anyhow::Result<()> {
    let house = House::open().await?;
    let booking = house.book(in_hours(10)?).await?;
    house.make_due(booking, 4).await?;
    sqlx::query("update scheduler.booking set starts_at = now()").execute(&house.owner).await?;
    house.look().await?;
    assert!(house.reminders(booking).await?.iter().all(|(_, state)| state == "expired"));
    assert!(house.outbox().await?.is_empty());
    Ok(())
}

#[tokio::test]
async fn delivery_is_told_from_when_on_it_is_too_late() -> anyhow::Result<()> {
    let house = House::open().await?;
    let booking = house.book(in_hours(10)?).await?;
    house.make_due(booking, 1).await?;
    house.look().await?;
    let same: bool = sqlx::query_scalar(
        "select m.not_after = (select r.scheduled_for from scheduler.reminder r where r.number = 2)
         from delivery.message m",
    )
    .fetch_one(&house.owner)
    .await?;
    assert!(same, "the next reminder makes it pointless");
    Ok(())
}
