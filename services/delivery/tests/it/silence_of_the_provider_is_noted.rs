use std::time::Duration;

use delivery::store::messages;
use uuid::Uuid;

use crate::fixture::{Replica, Say, Stage};

const AFTER: Duration = Duration::from_secs(15 * 60);

#[tokio::test]
async fn once_and_not_where_a_receipt_came() -> anyhow::Result<()> {
    let stage = Stage::new().await?;
    let _replica = Replica::start(&stage).await?;
    let mut ids = Vec::new();
    for customer in 0..3 {
        let old: Uuid =
            sqlx::query_scalar("select uuidv7(interval '-20 minutes')").fetch_one(&stage.owner).await?;
        ids.push(stage.say(Say::reply(customer, "hello").with("id", old.to_string())).await?);
    }
    stage.until_all("sent", 3).await?;
    assert_eq!(messages::note_silence(&stage.service, AFTER).await?, 0, "they have only just left");
    sqlx::query("update delivery.message set settled_at = settled_at - interval '16 minutes'")
        .execute(&stage.owner)
        .await?;
    let heard = stage.message(ids[0]).await?.provider_id.unwrap_or_default();
    stage.receipt(&heard, "delivered").await?;
    assert_eq!(messages::note_silence(&stage.service, AFTER).await?, 2);
    assert_eq!(messages::note_silence(&stage.service, AFTER).await?, 0, "noted once");
    let silent = stage.message(ids[1]).await?;
    assert_eq!(silent.reason.unwrap_or_default()["cause"], "no_receipt");

    // It comes after all.
    stage.receipt(&silent.provider_id.unwrap_or_default(), "read").await?;
    let filter =
        messages::Filter { id: Some(ids::MessageId::from_uuid(ids[1])), ..messages::Filter::default() };
    let shown = messages::list(&stage.service, filter, 1).await?.remove(0);
    assert_eq!((shown.state.as_str(), shown.reason), ("read", None));
    Ok(())
}
