use std::time::Duration;

use e2e::Stack;
use testkit::eventually;
use uuid::Uuid;

const PHONE: &str = "447700990001";
const PATIENCE: Duration = Duration::from_secs(30);

/// What the provider says about a message that it took.
async fn receipt(stack: &Stack, channel: Uuid, provider_id: &str, status: &str) -> anyhow::Result<()> {
    let receipts =
        serde_json::json!([{ "channel_id": channel, "provider_id": provider_id, "status": status }]);
    sqlx::query("select outcome from delivery.record_receipts_v1($1)")
        .bind(receipts)
        .execute(&stack.rows().await?)
        .await?;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn until_it_arrives_after_all() -> anyhow::Result<()> {
    let stack = Stack::start().await?;
    stack.customer(PHONE, "hi")?;
    stack.hears(PHONE, 1, PATIENCE).await?;
    let rows = stack.rows().await?;
    // The simulated phone has read it; from here on nobody says anything more about it, so it can be taken back to sent.
    let read = async || {
        sqlx::query_as::<_, (Uuid, String)>(
            "select channel_id, provider_id from delivery.receipt where rank = 4",
        )
        .fetch_optional(&rows)
        .await
        .ok()?
    };
    let (channel, provider_id) = eventually(PATIENCE, "the customer to read it", read).await?;
    sqlx::query("update delivery.receipt set rank = 1, delivered_at = null, read_at = null")
        .execute(&rows)
        .await?;

    receipt(&stack, channel, &provider_id, "failed").await?;
    let letter = async |wanted: &'static str| {
        let found = sqlx::query_as::<_, (String, String)>("select state, cause from alerting.dead_letter");
        found.fetch_optional(&rows).await.ok()?.filter(|(state, _)| state == wanted)
    };
    let (_, cause) = eventually(PATIENCE, "a dead letter", async || letter("open").await).await?;
    assert_eq!(cause, "NOT_DELIVERED");
    receipt(&stack, channel, &provider_id, "delivered").await?;
    eventually(PATIENCE, "the letter to be closed", async || letter("discarded").await).await?;
    Ok(())
}
