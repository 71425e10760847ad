use serde_json::json;

use crate::fixture::{House, booking_of, in_hours};

/// Each wants the other's time. One after the other neither can have it; what must not happen is that they block each
/// other for good, or that both get it.
#[tokio::test]
async fn neither_waits_for_ever() -> anyhow::Result<()> {
    let house = House::open().await?;
    let (early, late) = (in_hours(30)?, in_hours(40)?);
    let ben = house.newcomer().await?;
    for round in 0..10 {
        let ann_s = booking_of(&house.commit(&house.booking_wish(house.ann, 0, early)).await?)?;
        let ben_s = booking_of(&house.commit(&house.booking_wish(ben, 1, late)).await?)?;
        let ann_wants = json!({ "booking_id": ann_s, "starts_at": late, "staff_id": house.staff(1) });
        let ben_wants = json!({ "booking_id": ben_s, "starts_at": early, "staff_id": house.staff(0) });
        let (ann_wish, ben_wish) =
            (house.wish(house.ann, "move", &ann_wants), house.wish(ben, "move", &ben_wants));
        let (for_ann, for_ben) = tokio::try_join!(house.commit(&ann_wish), house.commit(&ben_wish))?;
        assert_eq!(
            (&for_ann["outcome"], &for_ben["outcome"]),
            (&json!("taken"), &json!("taken")),
            "round {round}"
        );
        for (customer, booking) in [(house.ann, ann_s), (ben, ben_s)] {
            house.commit(&house.wish(customer, "cancel", &json!({ "booking_id": booking }))).await?;
        }
    }
    Ok(())
}
