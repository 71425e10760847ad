//! Channels come, change and lack secrets while the service runs.

use std::time::Duration;

use ingest::providers::Provider;
use serde_json::json;
use testkit::eventually;

use crate::support::fixtures::bytes;
use crate::support::front::Front;

#[tokio::test]
async fn a_new_channel_is_known_with_its_first_request() {
    let front = Front::start().await;
    front
        .put_channel(
            "new",
            "evolution",
            json!({ "instance": "harbour-dental" }),
            &[("webhook_token", "new-token")],
        )
        .await;
    let body = bytes(Provider::Evolution, "01-upsert-conversation");
    assert_eq!(
        front.post("/webhooks/evolution/new", &[("apikey", "new-token")], body).await.counts(),
        [1, 0, 0, 0]
    );
    front.put_channel("new-number", "meta", json!({ "phone_number_id": "555" }), &[]).await;
    let body = String::from_utf8(bytes(Provider::Meta, "01-text")).unwrap().replace("109876543210987", "555");
    assert_eq!(front.meta(body).await.counts(), [1, 0, 0, 0]);
    front
        .put_channel("new-app", "meta", json!({ "phone_number_id": "777" }), &[("app_secret", "new-secret")])
        .await;
    let body = String::from_utf8(bytes(Provider::Meta, "03-image-caption"))
        .unwrap()
        .replace("109876543210987", "777");
    let signature = crate::support::sign::meta(body.as_bytes(), "new-secret");
    assert_eq!(
        front.post("/webhooks/meta", &[("x-hub-signature-256", &signature)], body).await.counts(),
        [1, 0, 0, 0]
    );
}

#[tokio::test]
async fn during_a_rotation_both_secrets_are_good() {
    let front = Front::start().await;
    let account = json!({ "instance": "harbour-dental" });
    front
        .put_channel(
            "harbour",
            "evolution",
            account,
            &[("webhook_token", "next"), ("webhook_token_previous", "last")],
        )
        .await;
    let send = async |token: &str| {
        front
            .post(
                "/webhooks/evolution/harbour",
                &[("apikey", token)],
                bytes(Provider::Evolution, "01-upsert-conversation"),
            )
            .await
            .status
    };
    eventually(Duration::from_secs(20), "the change is seen", async || {
        (send("next").await == 200).then_some(())
    })
    .await
    .unwrap();
    assert_eq!(send("last").await, 200);
    assert_eq!(send(crate::support::front::WEBHOOK_TOKEN).await, 401);
}

#[tokio::test]
async fn a_channel_whose_secret_is_missing_is_our_trouble() {
    let front = Front::start().await;
    let broken =
        front.put_channel("broken", "evolution", json!({ "instance": "x" }), &[("webhook_token", "t")]).await;
    let missing = json!({ "webhook_token": "file:/nowhere/at/all" });
    sqlx::query("update ingest.channel set secrets = $2, version = version + 1000 where id = $1")
        .bind(broken.uuid())
        .bind(missing)
        .execute(&front.owner)
        .await
        .unwrap();
    let answer = front.post("/webhooks/evolution/broken", &[("apikey", "t")], "{}").await;
    assert_eq!(answer.status, 503, "401 would make Evolution drop it for good");
}

#[tokio::test]
async fn a_secret_in_the_place_of_a_reference_is_refused_unseen() {
    let front = Front::start().await;
    let channel = json!({ "id": uuid::Uuid::nil(), "tenant_id": uuid::Uuid::nil(), "slug": "x", "provider": "twilio", "secrets": { "auth_token": "hunter2" } });
    let refused = sqlx::query("select ingest.put_channel_v1($1)")
        .bind(channel)
        .execute(&front.owner)
        .await
        .unwrap_err();
    assert!(
        refused.to_string().contains("write env:NAME") && !refused.to_string().contains("hunter2"),
        "{refused}"
    );
}
