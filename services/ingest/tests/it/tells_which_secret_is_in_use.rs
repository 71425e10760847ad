//! While a secret is being replaced, whoever does it can see which of the two the provider shows; and a successor is good from
//! the moment it is put.

use std::time::Duration;

use ingest::providers::Provider;
use serde_json::json;
use testkit::eventually;

use crate::support::fixtures::bytes;
use crate::support::front::Front;

const SOON: Duration = Duration::from_secs(15);

async fn send(front: &Front, token: &str) -> u16 {
    let body = bytes(Provider::Evolution, "01-upsert-conversation");
    front.post("/webhooks/evolution/harbour", &[("apikey", token)], body).await.status
}

async fn put(front: &Front, secrets: &[(&str, &str)]) {
    front.put_channel("harbour", "evolution", json!({ "instance": "harbour-dental" }), secrets).await;
}

async fn notes(front: &Front) -> Vec<String> {
    let notes = front.json("select to_jsonb(what) from ingest.door_note order by what").await;
    notes.iter().filter_map(|note| note.as_str().map(str::to_owned)).collect()
}

async fn noted(front: &Front, what: &str) {
    let there = || async { notes(front).await.iter().any(|note| note == what).then_some(()) };
    eventually(SOON, what, there).await.unwrap();
}

#[tokio::test]
async fn the_old_one_and_the_new_one_are_told_apart() {
    let front = Front::start().await;
    put(&front, &[("webhook_token", "only")]).await;
    assert_eq!(send(&front, "only").await, 200);
    assert_eq!(send(&front, "nobody's").await, 401);
    noted(&front, "refused").await;
    assert_eq!(notes(&front).await, ["refused"], "one that is not being replaced is not watched");

    // No time passes between the putting and the first request with either.
    put(&front, &[("webhook_token", "next"), ("webhook_token_previous", "last")]).await;
    assert_eq!(send(&front, "next").await, 200);
    noted(&front, "webhook_token").await;
    assert_eq!(send(&front, "last").await, 200);
    noted(&front, "webhook_token_previous").await;
}

#[tokio::test]
async fn a_channel_that_is_switched_off_lets_nobody_in() {
    let front = Front::start().await;
    put(&front, &[("webhook_token", "good")]).await;
    assert_eq!(send(&front, "good").await, 200);
    let off = "select ingest.put_channel_v1(to_jsonb(c) || '{\"disabled\": true}') from ingest.channel c where slug = 'harbour'";
    sqlx::raw_sql(off).execute(&front.owner).await.unwrap();
    let refused = || async { (send(&front, "good").await == 401).then_some(()) };
    eventually(SOON, "the channel is off", refused).await.unwrap();
}
