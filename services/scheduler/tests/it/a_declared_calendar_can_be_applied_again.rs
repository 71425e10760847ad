use futures_util::future::try_join_all;
use jiff::civil::date;
use scheduler::domain::declared::DeclaredHoliday;
use scheduler::store;

use crate::fixture::{House, apply};

#[tokio::test]
async fn by_many_at_once_and_after_changes() -> anyhow::Result<()> {
    let house = House::open().await?;
    let mut declared = house.declared.clone();
    declared.holidays.push(DeclaredHoliday {
        staff: None,
        day: date(2026, 12, 25),
        name: "Christmas".into(),
    });
    try_join_all((0..4).map(|_| apply(&house.pool, &declared))).await?;
    let mut connection = house.pool.acquire().await?;
    let calendar = store::calendar::load(&mut connection, house.tenant())
        .await?
        .ok_or(anyhow::anyhow!("no calendar"))?;
    assert_eq!((calendar.services.len(), calendar.staff.len()), (1, 2));
    assert_eq!((calendar.hours.len(), calendar.holidays.len()), (7, 1));

    declared.staff.remove(0);
    declared.hours.truncate(5);
    declared.services[0].name = "Trim".into();
    apply(&house.pool, &declared).await?;
    let calendar = store::calendar::load(&mut connection, house.tenant())
        .await?
        .ok_or(anyhow::anyhow!("no calendar"))?;
    assert_eq!(calendar.services[0].name, "Trim");
    assert_eq!((calendar.staff.len(), calendar.hours.len()), (1, 5));
    Ok(())
}

#[tokio::test]
async fn a_zone_that_does_not_exist_is_refused() -> anyhow::Result<()> {
    let house = House::open().await?;
    let mut wrong = house.declared.clone();
    wrong.time_zone = "Atlantis/Capital".into();
    assert!(apply(&house.pool, &wrong).await.is_err());
    Ok(())
}
