use conversation::store::{conversations, turns};
use ids::ConversationId;
use serde_json::{Value, json};

use crate::fixture::{CHANNEL, Fixture};

/// For the newest message, in the provider's kinds; and nothing is called where there are none.
#[tokio::test]
async fn for_the_newest_message_and_never_for_nothing() -> anyhow::Result<()> {
    let fixture = Fixture::new().await?;
    let phone = "447700900001";
    let key = fixture.text(phone, "first").await?;
    fixture.text(phone, "second").await?;
    let sign =
        |kind: &str| json!({"channel_id": CHANNEL, "kind": kind, "to": phone, "provider_id": "second"});
    for (provider, has_signs, expected) in [
        ("evolution", true, vec![json!([sign("read"), sign("typing")])]),
        ("meta", true, vec![json!([sign("typing")])]),
        ("twilio", false, Vec::new()),
    ] {
        sqlx::query("update conversation.channel set provider = $1")
            .bind(provider)
            .execute(&fixture.owner)
            .await?;
        let loaded = turns::load(&fixture.pool, &[key]).await?;
        assert_eq!(loaded[0].conversation["has_signs"], has_signs, "{provider}");
        conversations::sign(&fixture.pool, ConversationId::from_uuid(key)).await?;
        let given: Vec<Value> = sqlx::query_scalar("delete from delivery.given returning signs")
            .fetch_all(&fixture.owner)
            .await?;
        assert_eq!(given, expected, "{provider}");
    }
    Ok(())
}
