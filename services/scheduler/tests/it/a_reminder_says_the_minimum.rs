use serde_json::Value;

use crate::fixture::{House, apply, in_hours};

async fn sent(house: &House) -> anyhow::Result<(Value, String)> {
    house.look().await?;
    Ok(sqlx::query_as(
        "select to_jsonb(m), s.text from delivery.message m join conversation.said s on s.id = m.id
         order by m.created_at desc limit 1",
    )
    .fetch_one(&house.owner)
    .await?)
}

#[tokio::test]
async fn first_name_time_and_business_and_no_more() -> anyhow::Result<()> {
    let house = House::open().await?;
    let booking = house.book(in_hours(10)?).await?;
    house.make_due(booking, 1).await?;
    let (message, said) = sent(&house).await?;
    let text = message["body"]["text"].as_str().unwrap_or_default();
    assert_eq!(text, said, "the transcript holds what was sent");
    assert!(text.starts_with("Hi Ann, this is a reminder of your appointment at House of Hair: "), "{text}");
    assert!(text.contains("Reply CANCEL VISIT to cancel") && text.contains("5-10 minutes early"), "{text}");
    assert!(!text.contains("Haircut") && !text.contains("Bea") && !text.contains("Example"), "{text}");
    let payloads = [format!("confirm:bkg_{}", booking.simple()), format!("cancel:bkg_{}", booking.simple())];
    let buttons = &message["body"]["buttons"];
    assert_eq!(
        (&buttons[0]["id"], &buttons[1]["id"]),
        (&payloads[0].clone().into(), &payloads[1].clone().into())
    );
    // Where only a template may go it says no more than the text does.
    let fallback = &message["body"]["fallback"];
    assert_eq!((&fallback["part"], &fallback["language"]), (&"reminder".into(), &"en".into()));
    assert_eq!(fallback["buttons"], serde_json::json!(payloads));
    let variables = &fallback["variables"];
    assert_eq!(
        (&variables["customerName"], &variables["serviceName"]),
        (&"Ann".into(), &"appointment".into())
    );
    assert_eq!(variables["barberName"], "House of Hair");
    assert!(text.contains(variables["formattedDateTime"].as_str().unwrap_or("?")), "{variables}");
    let id = format!("bkg_{}-reminder-1", booking.simple());
    assert_eq!(message["dedupe_key"], id);
    assert_eq!(message["cause"], format!("reminder:{id}"));
    assert_eq!((&message["class"], &message["profile"]), (&"reminder".into(), &"reminder".into()));
    assert_eq!(message["to_address"], "351912345678");
    Ok(())
}

#[tokio::test]
async fn service_and_staff_where_the_business_allows_it_in_the_customer_s_language() -> anyhow::Result<()> {
    let house = House::open().await?;
    let mut open = house.declared.clone();
    open.disclose_service = true;
    apply(&house.pool, &open).await?;
    let mut wish = house.booking_wish(house.ann, 0, in_hours(10)?);
    wish["language"] = "es-MX".into();
    let booking = crate::fixture::booking_of(&house.commit(&wish).await?)?;
    house.make_due(booking, 1).await?;
    let (_, said) = sent(&house).await?;
    assert!(
        said.starts_with("Hola, Ann. Te recordamos tu cita (Haircut con Bea) en House of Hair: "),
        "{said}"
    );
    Ok(())
}
