use serde_json::json;

use crate::fixture::{House, apply, in_hours};

#[tokio::test]
async fn a_past_time_is() -> anyhow::Result<()> {
    let house = House::open().await?;
    let answer = house.commit(&house.booking_wish(house.ann, 0, in_hours(-1)?)).await?;
    assert_eq!(answer["outcome"], "stale");
    let booking = house.book(in_hours(30)?).await?;
    let back = json!({ "booking_id": booking, "starts_at": in_hours(-1)? });
    assert_eq!(house.commit(&house.wish(house.ann, "move", &back)).await?["outcome"], "stale");
    Ok(())
}

#[tokio::test]
async fn so_is_what_this_person_no_longer_does() -> anyhow::Result<()> {
    let house = House::open().await?;
    let mut changed = house.declared.clone();
    changed.staff[0].services.clear();
    apply(&house.pool, &changed).await?;
    let of = |who| house.booking_wish(house.ann, who, in_hours(30).unwrap_or_default());
    assert_eq!(house.commit(&of(0)).await?["outcome"], "stale");
    assert_eq!(house.commit(&of(1)).await?["outcome"], "done");
    changed.services.clear();
    apply(&house.pool, &changed).await?;
    let withdrawn = house.booking_wish(house.ann, 1, in_hours(40)?);
    assert_eq!(house.commit(&withdrawn).await?["outcome"], "stale");
    Ok(())
}
