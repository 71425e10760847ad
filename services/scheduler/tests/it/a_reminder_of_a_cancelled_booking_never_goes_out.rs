use serde_json::json;
use sqlx::Connection as _;

use crate::fixture::{self, House, in_hours};

#[tokio::test]
async fn not_while_the_cancellation_is_under_way() -> anyhow::Result<()> {
    let house = House::open().await?;
    let booking = house.book(in_hours(10)?).await?;
    house.make_due(booking, 1).await?;
    let mut connection = house.conversation.acquire().await?;
    let mut turn = connection.begin().await?;
    let wish = house.wish(house.ann, "cancel", &json!({ "booking_id": booking }));
    assert_eq!(fixture::commit(&mut turn, &wish).await?["outcome"], "done");
    assert_eq!(house.look().await?.claimed, 0, "passed over, not waited for");
    turn.commit().await?;
    assert_eq!(house.look().await?.claimed, 0);
    assert!(house.outbox().await?.is_empty());
    Ok(())
}

/// The worker trusts the booking, not the reminder's state: what was planned is checked against what is.
#[tokio::test]
async fn not_even_if_nobody_voided_it() -> anyhow::Result<()> {
    let house = House::open().await?;
    for (change, reason) in [
        ("status = 'cancelled', cancelled_at = now()", "the booking was cancelled"),
        ("version = version + 1", "the booking was moved"),
        (
            "channel_id = null, conversation_id = null, address = null",
            "there is no way to reach the customer",
        ),
    ] {
        let booking = house.book(in_hours(10)?).await?;
        house.make_due(booking, 1).await?;
        let sql =
            sqlx::AssertSqlSafe(format!("update scheduler.booking set {change} where id = '{booking}'"));
        sqlx::raw_sql(sql).execute(&house.owner).await?;
        assert_eq!(house.look().await?.claimed, 1);
        let found: (String, String) = sqlx::query_as(
            "select state, reason from scheduler.reminder where booking_id = $1 and number = 1",
        )
        .bind(booking)
        .fetch_one(&house.owner)
        .await?;
        assert_eq!(found, ("voided".to_owned(), reason.to_owned()));
        sqlx::query("update scheduler.booking set status = 'cancelled', cancelled_at = now()")
            .execute(&house.owner)
            .await?;
        sqlx::query("delete from scheduler.reminder where state = 'waiting'").execute(&house.owner).await?;
    }
    assert!(house.outbox().await?.is_empty());
    Ok(())
}
