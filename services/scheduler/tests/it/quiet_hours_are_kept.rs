use jiff::civil::time;
use jiff_sqlx::ToSqlx as _;
use sqlx::PgPool;

use crate::fixture::{House, declared, in_hours};

async fn moved(pool: &PgPool, due_at: &str, latest: &str) -> anyhow::Result<String> {
    let at: jiff_sqlx::Timestamp =
        sqlx::query_scalar("select scheduler.out_of_quiet_hours($1, $2, '21:00', '08:00', 'Europe/Lisbon')")
            .bind(due_at.parse::<jiff::Timestamp>()?.to_sqlx())
            .bind(latest.parse::<jiff::Timestamp>()?.to_sqlx())
            .fetch_one(pool)
            .await?;
    Ok(at.to_jiff().to_string())
}

#[tokio::test]
async fn a_reminder_moves_to_the_morning_or_else_to_the_evening_before() -> anyhow::Result<()> {
    let house = House::open().await?;
    let noon = "2026-03-05T12:00:00Z";
    for (due_at, latest, expected) in [
        ("2026-03-04T20:59:59Z", noon, "2026-03-04T20:59:59Z"),
        ("2026-03-04T21:00:00Z", noon, "2026-03-05T08:00:00Z"),
        ("2026-03-05T03:00:00Z", noon, "2026-03-05T08:00:00Z"),
        ("2026-03-05T08:00:00Z", noon, "2026-03-05T08:00:00Z"),
        // The visit is at nine: eight o'clock would be too late to be of use.
        ("2026-03-05T05:00:00Z", "2026-03-05T07:00:00Z", "2026-03-04T20:00:00Z"),
        // On the day the clocks go forward, eight in the morning is an hour earlier.
        ("2026-03-29T02:00:00Z", "2026-03-29T12:00:00Z", "2026-03-29T07:00:00Z"),
    ] {
        assert_eq!(moved(&house.pool, due_at, latest).await?, expected, "{due_at}");
    }
    Ok(())
}

#[tokio::test]
async fn reminders_that_meet_become_one() -> anyhow::Result<()> {
    // Quiet all day but for one hour: twelve reminders have few places to go.
    let quiet = declared("house");
    let house = House::open_as(scheduler::domain::declared::Declared {
        quiet_hours: Some((time(13, 0, 0, 0), time(12, 0, 0, 0))),
        ..quiet
    })
    .await?;
    let booking = house.book(in_hours(60)?).await?;
    let distinct: Vec<(i64, i64)> = sqlx::query_as(
        "select count(*), count(distinct scheduled_for) from scheduler.reminder where booking_id = $1",
    )
    .bind(booking)
    .fetch_all(&house.owner)
    .await?;
    assert!((1..=3).contains(&distinct[0].0), "{distinct:?}");
    assert_eq!(distinct[0].0, distinct[0].1);
    Ok(())
}
