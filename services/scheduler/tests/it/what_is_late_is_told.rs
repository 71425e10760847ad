use scheduler::domain::troubles;
use scheduler::store;

use crate::fixture::{House, in_hours};

#[tokio::test]
async fn reminders_nobody_looks_at_and_reminders_given_up() -> anyhow::Result<()> {
    let house = House::open().await?;
    house.book(in_hours(20)?).await?;
    let told = async || {
        let mut connection = house.pool.acquire().await?;
        let facts = store::troubles::facts(&mut connection).await?;
        anyhow::Ok(troubles::of(&facts).iter().map(|one| one.kind).collect::<Vec<_>>())
    };
    assert_eq!(told().await?, [""; 0]);
    sqlx::raw_sql("update scheduler.reminder set look_at = now() - interval '6 minutes' where number = 1")
        .execute(&house.owner)
        .await?;
    assert_eq!(told().await?, ["REMINDERS_LATE"]);
    sqlx::raw_sql(
        "update scheduler.reminder set state = 'failed', reason = 'template', settled_at = now() where number = 1",
    )
    .execute(&house.owner)
    .await?;
    assert_eq!(told().await?, ["REMINDERS_GIVEN_UP"]);
    sqlx::raw_sql("update scheduler.reminder set settled_at = now() - interval '25 hours' where number = 1")
        .execute(&house.owner)
        .await?;
    assert_eq!(told().await?, [""; 0], "it was told for a day");
    Ok(())
}
