//! What is proven and cannot be handed on gets 200, so that it does not come again for days, and is kept.

use ingest::providers::Provider;
use serde_json::{Value, json};

use crate::support::fixtures::bytes;
use crate::support::front::{Front, TWILIO_ACCOUNT, WEBHOOK_TOKEN};

fn reasons(quarantined: &[(String, String)]) -> Vec<&str> {
    quarantined.iter().map(|(reason, _)| reason.as_str()).collect()
}

#[tokio::test]
async fn bodies_that_are_no_envelope() {
    let front = Front::start().await;
    for body in ["", "not json", "{\"event\":", "\u{0}\u{1}"] {
        assert_eq!(front.evolution(body).await.counts(), [0, 0, 0, 1], "{body:?}");
    }
    assert_eq!(front.evolution(vec![0xff, 0xfe, 0x00]).await.counts(), [0, 0, 0, 1]);
    assert_eq!(front.meta("{\"object\":\"page\",\"entry\":[]}").await.counts(), [0, 0, 0, 1]);
    assert_eq!(front.twilio("/webhooks/twilio/acme", b"What=1").await.status, 200);
    let kept = front.quarantined().await;
    assert_eq!(reasons(&kept), ["unparsable"; 7]);
}

#[tokio::test]
async fn one_bad_piece_among_good_ones() {
    let front = Front::start().await;
    let mut body: Value =
        serde_json::from_slice(&bytes(Provider::Meta, "16-batch-several-messages")).unwrap();
    body["entry"][0]["changes"][0]["value"]["messages"][1]["text"] = json!("no object");
    assert_eq!(front.meta(body.to_string()).await.counts(), [2, 0, 0, 1]);
    assert_eq!(
        front.quarantined().await,
        [(
            "rejected_piece".to_owned(),
            "entry[0].changes[0].value.messages[1]: text.body is missing".to_owned()
        )]
    );
}

#[tokio::test]
async fn half_a_character() {
    let front = Front::start().await;
    let body = String::from_utf8(bytes(Provider::Meta, "16-batch-several-messages"))
        .unwrap()
        .replace("is parking free?", r"\ud83d");
    assert_eq!(front.meta(body).await.counts(), [2, 0, 0, 1]);
    assert_eq!(reasons(&front.quarantined().await), ["rejected_piece"]);
}

#[tokio::test]
async fn channels_nobody_has_put() {
    let front = Front::start().await;
    let evolution = bytes(Provider::Evolution, "01-upsert-conversation");
    let answer = front.post("/webhooks/evolution/nobody", &[("apikey", WEBHOOK_TOKEN)], evolution).await;
    assert_eq!(answer.counts(), [0, 0, 0, 1], "from a server we know");
    let meta = String::from_utf8(bytes(Provider::Meta, "01-text")).unwrap().replace("109876543210987", "1");
    assert_eq!(front.meta(meta).await.counts(), [0, 0, 0, 1]);
    assert_eq!(
        front.twilio("/webhooks/twilio/nobody", &bytes(Provider::Twilio, "01-inbound-text")).await.status,
        200
    );
    assert_eq!(reasons(&front.quarantined().await), ["unknown_channel"; 3]);
}

#[tokio::test]
async fn a_channel_the_conversation_service_does_not_know() {
    let front = Front::start().await;
    sqlx::query("delete from conversation.channel where slug = 'harbour'")
        .execute(&front.owner)
        .await
        .unwrap();
    assert_eq!(
        front.evolution(bytes(Provider::Evolution, "01-upsert-conversation")).await.counts(),
        [0, 0, 0, 1]
    );
    assert_eq!(reasons(&front.quarantined().await), ["unknown_channel"]);
}

#[tokio::test]
async fn bodies_of_another_account_than_the_address_says() {
    let front = Front::start().await;
    let other = String::from_utf8(bytes(Provider::Evolution, "01-upsert-conversation")).unwrap();
    let other = other.replace("\"instance\": \"harbour-dental\"", "\"instance\": \"another\"");
    assert_eq!(front.evolution(other).await.counts(), [0, 0, 0, 1]);
    let to_another = format!(
        "AccountSid={TWILIO_ACCOUNT}&MessageSid=SM1&From=whatsapp%3A%2B447700900123&To=whatsapp%3A%2B447700900999&Body=x"
    );
    assert_eq!(front.twilio("/webhooks/twilio/acme", to_another.as_bytes()).await.status, 200);
    assert_eq!(reasons(&front.quarantined().await), ["wrong_account"; 2]);
    assert_eq!(front.count("select count(*) from conversation.item").await, 0);
}

#[tokio::test]
async fn keys_of_the_server_are_not_kept() {
    let front = Front::start().await;
    let body = r#"{"event":"messages.upsert","instance":"harbour-dental","data":{"key":{}},"apikey":"0B5E7D3C-9A41"}"#;
    front.evolution(body).await.counts();
    let kept: (Vec<u8>, Value) =
        sqlx::query_as("select body, headers from ingest.quarantine").fetch_one(&front.owner).await.unwrap();
    assert_eq!(String::from_utf8(kept.0).unwrap(), body.replace("0B5E7D3C-9A41", "***"));
    assert!(!kept.1.to_string().contains(WEBHOOK_TOKEN), "{}", kept.1);
}

#[tokio::test]
async fn a_payload_that_comes_again_is_counted_and_kept_once() {
    let front = Front::start().await;
    for _ in 0..3 {
        front.evolution("not json").await.counts();
    }
    front.evolution("not json either").await.counts();
    let seen: Vec<i32> = sqlx::query_scalar("select seen from ingest.quarantine order by id")
        .fetch_all(&front.owner)
        .await
        .unwrap();
    assert_eq!(seen, [3, 1]);
}
