use futures_util::future::try_join_all;
use jiff::ToSpan;

use crate::fixture::{House, in_hours};

#[tokio::test]
async fn however_many_want_it_at_once() -> anyhow::Result<()> {
    let house = House::open().await?;
    let starts_at = in_hours(30)?;
    // Half of them want exactly that time, half one that overlaps it.
    let mut wishes = Vec::new();
    for n in 0..8 {
        let customer = house.newcomer().await?;
        wishes.push(house.booking_wish(customer, 0, starts_at + (15 * (n % 2)).minutes()));
    }
    let answers = try_join_all(wishes.iter().map(|wish| house.commit(wish))).await?;
    let of = |outcome: &str| answers.iter().filter(|answer| answer["outcome"] == outcome).count();
    assert_eq!((of("done"), of("taken")), (1, 7), "{answers:?}");
    let booked: i64 =
        sqlx::query_scalar("select count(*) from scheduler.booking").fetch_one(&house.owner).await?;
    assert_eq!(booked, 1);
    Ok(())
}

#[tokio::test]
async fn neighbours_and_other_people_are_free() -> anyhow::Result<()> {
    let house = House::open().await?;
    let starts_at = in_hours(30)?;
    house.book(starts_at).await?;
    for (who, at) in [(0, starts_at + 30.minutes()), (0, starts_at - 30.minutes()), (1, starts_at)] {
        let answer = house.commit(&house.booking_wish(house.newcomer().await?, who, at)).await?;
        assert_eq!(answer["outcome"], "done", "{answer}");
    }
    Ok(())
}

#[tokio::test]
async fn even_a_program_that_writes_the_table_itself_is_refused() -> anyhow::Result<()> {
    let house = House::open().await?;
    house.book(in_hours(30)?).await?;
    let copy = sqlx::query(
        "insert into scheduler.booking (tenant_id, service_id, staff_id, starts_at, ends_at, time_zone, customer_name,
                                        language, correlation_id)
         select tenant_id, service_id, staff_id, starts_at, ends_at, time_zone, '', '', correlation_id
         from scheduler.booking",
    );
    let refused = copy.execute(&house.owner).await.map_err(|error| error.to_string());
    assert!(refused.is_err_and(|error| error.contains("booking_one_at_a_time")));
    Ok(())
}
