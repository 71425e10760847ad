use serde_json::json;
use uuid::Uuid;

use crate::fixture::{Fixture, accept, event};

#[tokio::test]
async fn the_same_event_again_answers_with_the_first_result() -> anyhow::Result<()> {
    let fixture = Fixture::new().await?;
    let first = accept(&fixture.intake, &[event("+447700900100", "m1")]).await?;
    let again =
        accept(&fixture.intake, &[event("+447700900100", "m1"), event("+447700900100", "m1")]).await?;
    assert_eq!(first[0].outcome, "accepted");
    for row in &again {
        assert_eq!(
            (row.outcome.as_str(), row.item, row.conversation),
            ("duplicate", first[0].item, first[0].conversation)
        );
        assert!(
            row.undone,
            "still waits, so the caller wakes it again: that also settles a lost COMMIT answer"
        );
    }
    assert_eq!(fixture.count("select count(*) from conversation.item").await?, 1);
    Ok(())
}

#[tokio::test]
async fn one_request_may_hold_many_events_in_order() -> anyhow::Result<()> {
    let fixture = Fixture::new().await?;
    let events: Vec<_> = (0..256)
        .map(|n| event(if n % 2 == 0 { "+447700900100" } else { "+447700900101" }, &format!("m{n}")))
        .collect();
    let rows = accept(&fixture.intake, &events).await?;
    assert!(rows.iter().all(|row| row.outcome == "accepted"));
    let order: Vec<String> = sqlx::query_scalar(
        "select string_agg(provider_id, ' ' order by seq) from conversation.item group by conversation_id",
    )
    .fetch_all(&fixture.owner)
    .await?;
    let even: Vec<_> = (0..256).step_by(2).map(|n| format!("m{n}")).collect();
    assert!(order.contains(&even.join(" ")));
    assert_eq!(order.len(), 2);
    Ok(())
}

#[tokio::test]
async fn a_person_is_one_contact_by_any_of_their_names() -> anyhow::Result<()> {
    let fixture = Fixture::new().await?;
    let named = |id: &str, peer| {
        json!({
            "channel_id": crate::fixture::CHANNEL, "kind": "message", "provider_id": id, "peer": peer, "to": "x",
            "body": { "kind": "text", "text": "hi" }, "correlation_id": Uuid::now_v7(),
        })
    };
    let lid_only = named("a", json!({ "lid": "218830041177123" }));
    let both = named("b", json!({ "phone": "+447700900123", "lid": "218830041177123" }));
    let phone_only = named("c", json!({ "phone": "+447700900123" }));
    let mut conversations = Vec::new();
    for event in [lid_only, both, phone_only] {
        conversations.push(accept(&fixture.intake, &[event]).await?[0].conversation);
    }
    conversations.dedup();
    assert_eq!(conversations.len(), 1);
    assert_eq!(fixture.count("select count(*) from conversation.contact").await?, 1);
    Ok(())
}

#[tokio::test]
async fn an_unknown_channel_is_told_and_harms_no_neighbour() -> anyhow::Result<()> {
    let fixture = Fixture::new().await?;
    let mut stranger = event("+447700900100", "m1");
    stranger["channel_id"] = json!(Uuid::from_u128(99));
    let rows = accept(&fixture.intake, &[stranger, event("+447700900100", "m2")]).await?;
    assert_eq!([rows[0].outcome.as_str(), rows[1].outcome.as_str()], ["unknown_channel", "accepted"]);
    Ok(())
}

#[tokio::test]
async fn nobody_but_the_intake_may_append() -> anyhow::Result<()> {
    let fixture = Fixture::new().await?;
    let stranger = fixture.database.pool("scheduler").await?;
    let refused = accept(&stranger, &[event("+447700900100", "m1")]).await;
    assert!(refused.is_err_and(|error| error.to_string().contains("permission denied")));
    let read = sqlx::query("select * from conversation.item").fetch_all(&stranger).await;
    assert!(read.is_err());
    Ok(())
}
