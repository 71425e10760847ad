use std::time::Duration;

use e2e::Stack;
use serde_json::Value;

const PHONE: &str = "447700980001";

#[tokio::test(flavor = "multi_thread")]
async fn the_items_that_led_to_it_are_kept_and_no_card_number() -> anyhow::Result<()> {
    let stack = Stack::start().await?;
    stack.customer(PHONE, "my card is 4111 1111 1111 1111")?;
    stack.hears(PHONE, 1, Duration::from_secs(20)).await?;
    stack.customer(PHONE, "PERSON")?;
    stack.hears(PHONE, 2, Duration::from_secs(20)).await?;
    let rows = stack.rows().await?;
    let evidence: Value = sqlx::query_scalar(
        "select evidence from conversation.transition where entity = 'conversation' and to_state = 'waiting_human'",
    )
    .fetch_one(&rows)
    .await?;
    assert!(evidence["items"].as_array().is_some_and(|items| !items.is_empty()), "{evidence}");
    let bodies: Vec<Value> =
        sqlx::query_scalar("select body from conversation.item order by seq").fetch_all(&rows).await?;
    assert_eq!(bodies[0]["text"], "my card is [card number removed]");
    Ok(())
}
