use serde_json::{Value, json};

use crate::fixture::{House, in_hours};

async fn refused(house: &House, wish: &Value) -> anyhow::Result<()> {
    let answer = house.commit(wish).await?;
    assert_eq!(answer["outcome"], "gone", "{answer}");
    assert_eq!(
        (&answer["booking_id"], &answer["starts_at"]),
        (&Value::Null, &Value::Null),
        "says nothing about it"
    );
    Ok(())
}

#[tokio::test]
async fn not_by_others_not_twice_not_in_another_house() -> anyhow::Result<()> {
    let house = House::open().await?;
    let booking = house.book(in_hours(30)?).await?;
    let details = json!({ "booking_id": booking, "starts_at": in_hours(40)? });
    let stranger = house.newcomer().await?;
    refused(&house, &house.wish(stranger, "cancel", &details)).await?;
    refused(&house, &house.wish(stranger, "move", &details)).await?;
    refused(&house, &house.wish(house.ann, "cancel", &json!({ "booking_id": uuid::Uuid::now_v7() }))).await?;
    let mut foreign = house.wish(house.ann, "cancel", &details);
    foreign["tenant_id"] = json!(uuid::Uuid::now_v7());
    refused(&house, &foreign).await?;

    assert_eq!(house.commit(&house.wish(house.ann, "cancel", &details)).await?["outcome"], "done");
    refused(&house, &house.wish(house.ann, "cancel", &details)).await?;
    refused(&house, &house.wish(house.ann, "move", &details)).await?;
    Ok(())
}

#[tokio::test]
async fn not_once_it_has_begun() -> anyhow::Result<()> {
    let house = House::open().await?;
    let booking = house.book(in_hours(30)?).await?;
    sqlx::query("update scheduler.booking set starts_at = now() - interval '1 second'")
        .execute(&house.owner)
        .await?;
    let details = json!({ "booking_id": booking, "starts_at": in_hours(40)? });
    refused(&house, &house.wish(house.ann, "cancel", &details)).await?;
    refused(&house, &house.wish(house.ann, "move", &details)).await?;
    Ok(())
}

#[tokio::test]
async fn conversation_must_say_whose_it_is() -> anyhow::Result<()> {
    let house = House::open().await?;
    let booking = house.book(in_hours(30)?).await?;
    let anonymous = house.wish(house.ann, "cancel", &json!({ "booking_id": booking, "contact_id": null }));
    let failed = house.commit(&anonymous).await.map_err(|error| error.to_string());
    assert!(failed.is_err_and(|error| error.contains("contact_id")));
    Ok(())
}
