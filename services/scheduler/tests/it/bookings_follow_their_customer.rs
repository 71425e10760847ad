use serde_json::json;
use uuid::Uuid;

use crate::fixture::{House, in_hours};

async fn repoint(house: &House, person: serde_json::Value) -> anyhow::Result<()> {
    sqlx::query("select scheduler.repoint_v1($1)").bind(person).execute(&house.conversation).await?;
    Ok(())
}

async fn way_to(house: &House) -> anyhow::Result<(Uuid, Uuid, String)> {
    Ok(sqlx::query_as("select contact_id, conversation_id, address from scheduler.booking")
        .fetch_one(&house.owner)
        .await?)
}

#[tokio::test]
async fn a_merged_customer_can_change_what_the_other_booked() -> anyhow::Result<()> {
    let house = House::open().await?;
    let booking = house.book(in_hours(30)?).await?;
    let bob = house.newcomer().await?;
    repoint(
        &house,
        json!({
            "tenant_id": house.tenant(), "from_contact": house.ann.contact, "to_contact": bob.contact,
            "conversations": [{ "from": house.ann.conversation, "to": bob.conversation, "held": false }],
        }),
    )
    .await?;
    let (contact, conversation, address) = way_to(&house).await?;
    assert_eq!((contact, conversation), (bob.contact.uuid(), bob.conversation.uuid()));
    assert_eq!(address, "351912345678");
    let details = json!({ "booking_id": booking });
    assert_eq!(house.commit(&house.wish(house.ann, "cancel", &details)).await?["outcome"], "gone");
    assert_eq!(house.commit(&house.wish(bob, "cancel", &details)).await?["outcome"], "done");
    Ok(())
}

#[tokio::test]
async fn reminders_go_to_the_new_number() -> anyhow::Result<()> {
    let house = House::open().await?;
    house.book(in_hours(30)?).await?;
    let stranger = house.newcomer().await?;
    let addresses = json!([{ "channel_id": house.channel, "from": "351912345678", "to": "351900000000" }]);
    let of = |contact| json!({ "tenant_id": house.tenant(), "from_contact": contact, "to_contact": contact, "addresses": addresses });
    repoint(&house, of(stranger.contact)).await?;
    assert_eq!(way_to(&house).await?.2, "351912345678", "it is not the stranger's booking");
    repoint(&house, of(house.ann.contact)).await?;
    assert_eq!(
        way_to(&house).await?,
        (house.ann.contact.uuid(), house.ann.conversation.uuid(), "351900000000".to_owned())
    );
    Ok(())
}

#[tokio::test]
async fn a_held_slot_goes_along_with_its_question_or_is_let_go() -> anyhow::Result<()> {
    for held in [true, false] {
        let house = House::open().await?;
        let bob = house.newcomer().await?;
        for (who, hours) in [(house.ann, 30), (bob, 40)] {
            sqlx::query(
                "insert into scheduler.hold (tenant_id, conversation_id, service_id, staff_id, starts_at, ends_at, expires_at)
                 select $1, $2, $3, $4, t, t + interval '30 minutes', now() + interval '5 minutes'
                 from (select date_trunc('hour', now()) + make_interval(hours => $5) as t) x",
            )
            .bind(house.tenant().uuid())
            .bind(who.conversation.uuid())
            .bind(house.service().uuid())
            .bind(house.staff(0).uuid())
            .bind(hours)
            .execute(&house.owner)
            .await?;
        }
        repoint(
            &house,
            json!({
                "tenant_id": house.tenant(), "from_contact": house.ann.contact, "to_contact": bob.contact,
                "conversations": [{ "from": house.ann.conversation, "to": bob.conversation, "held": held }],
            }),
        )
        .await?;
        let left: Vec<(Uuid, f64)> = sqlx::query_as(
            "select conversation_id, (extract(epoch from starts_at - date_trunc('hour', now())) / 3600)::float8 from scheduler.hold",
        )
        .fetch_all(&house.owner)
        .await?;
        assert_eq!(left, [(bob.conversation.uuid(), if held { 30.0 } else { 40.0 })]);
    }
    Ok(())
}
