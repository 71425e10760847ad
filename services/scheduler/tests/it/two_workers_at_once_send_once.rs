use futures_util::future::try_join_all;
use jiff::ToSpan;
use scheduler::domain::wording::Templates;
use scheduler::reminders::hand_over;

use crate::fixture::{House, in_hours};

#[tokio::test]
async fn each_reminder_goes_out_once() -> anyhow::Result<()> {
    let house = House::open().await?;
    let first = in_hours(30)?;
    let bookings = 40;
    for n in 0..bookings {
        let customer = house.newcomer().await?;
        house.commit(&house.booking_wish(customer, 0, first + (30 * n).minutes())).await?;
    }
    sqlx::query("update scheduler.reminder set look_at = now(), scheduled_for = now() where number = 1")
        .execute(&house.owner)
        .await?;

    let templates = Templates::try_new()?;
    let worker = || async {
        let mut found = 0;
        // A look that finds nothing may only have met the others' locks, so each goes on until all is settled.
        loop {
            found += hand_over(&house.pool, &templates, 3).await?.claimed;
            let left: i64 = sqlx::query_scalar(
                "select count(*) from scheduler.reminder where state = 'waiting' and look_at <= now()",
            )
            .fetch_one(&house.owner)
            .await?;
            if left == 0 {
                return anyhow::Ok(found);
            }
        }
    };
    let found: usize = try_join_all((0..4).map(|_| worker())).await?.into_iter().sum();
    let expected = usize::try_from(bookings)?;
    assert_eq!(found, expected);
    let outbox = house.outbox().await?;
    assert_eq!(outbox.len(), expected);
    let said: i64 =
        sqlx::query_scalar("select count(*) from conversation.said").fetch_one(&house.owner).await?;
    assert_eq!(said, i64::from(bookings));
    Ok(())
}
