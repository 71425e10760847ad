use serde_json::json;
use uuid::Uuid;

use crate::fixture::{Cloud, Pace, Replica, Say, Stage};

const META: Uuid = Uuid::from_u128(50);
const TWILIO: Uuid = Uuid::from_u128(51);

#[tokio::test]
async fn each_channel_speaks_its_own_language_and_carries_our_reference() -> anyhow::Result<()> {
    let (stage, cloud) = (Stage::new().await?, Cloud::start().await?);
    stage.meta_channel(META, "meta", &cloud, Pace::FREE).await?;
    stage.twilio_channel(TWILIO, "twilio", &cloud, Pace::FREE).await?;
    let twilio_address = format!("whatsapp:+{}", Say::phone(3));
    stage.wrote(META, &Say::phone(2), 0.0).await?;
    stage.wrote(TWILIO, &twilio_address, 0.0).await?;
    let _replica = Replica::with(&stage, &[("public_url", "https://desk.example.test/in/")]).await?;
    let buttons = json!({"kind": "buttons", "text": "Sure?", "buttons": [{"id": "y", "title": "Yes"}]});
    let ids = stage
        .say_all(&[
            Say::reply(1, "through a phone"),
            Say::reply(2, "").with("channel_id", META.to_string()).with("body", buttons),
            Say::reply(3, "through Twilio").with("channel_id", TWILIO.to_string()).with("to", twilio_address),
        ])
        .await?;
    stage.until_all("sent", 3).await?;
    assert_eq!(stage.texts(), ["through a phone"]);
    let taken = cloud.taken();
    let by = |provider| taken.iter().find(|taken| taken.provider == provider).cloned();
    let (Some(meta), Some(twilio)) = (by("meta"), by("twilio")) else { anyhow::bail!("{taken:?}") };
    assert_eq!(meta.request["biz_opaque_callback_data"], format!("fd:{}", ids[1]));
    assert_eq!(meta.request["interactive"]["type"], "button");
    let callback =
        format!("https://desk.example.test/in/webhooks/twilio/twilio/status/{}#rc=5&rp=all", ids[2]);
    assert_eq!(twilio.request["StatusCallback"], callback);
    assert_eq!(stage.message(ids[1]).await?.provider_id, Some(meta.provider_id));
    assert_eq!(stage.message(ids[2]).await?.provider_id, Some(twilio.provider_id));
    Ok(())
}
