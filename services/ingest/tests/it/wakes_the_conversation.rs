//! After the commit a wake-up names the conversation; without a broker the message is accepted all the same.

use std::time::Duration;

use futures_util::StreamExt as _;
use ingest::providers::Provider;

use crate::support::fixtures::bytes;
use crate::support::front::Front;

#[tokio::test]
async fn a_wake_up_follows_the_commit() {
    let nats = testkit::Nats::start().await.unwrap();
    let client = async_nats::connect(nats.url()).await.unwrap();
    let mut wakes = client.subscribe("fd.in.v1.>").await.unwrap();
    client.flush().await.unwrap();
    let front = Front::with(&[("nats.url", &nats.url())]).await;
    let body = String::from_utf8(bytes(Provider::Evolution, "01-upsert-conversation")).unwrap();

    // The connection is made in the background: whatever comes before it is left to the sweeper.
    let mut n = 0;
    let wake = testkit::eventually(Duration::from_secs(10), "a wake-up comes", async || {
        n += 1;
        front.evolution(body.replace("3A5C1E7F90B24D6688A1", &format!("ID{n}"))).await.counts();
        tokio::time::timeout(Duration::from_millis(200), wakes.next()).await.ok().flatten()
    })
    .await
    .unwrap();
    let (tenant, conversation): (uuid::Uuid, uuid::Uuid) =
        sqlx::query_as("select tenant_id, id from conversation.conversation")
            .fetch_one(&front.owner)
            .await
            .unwrap();
    assert_eq!(wake.subject.as_str(), format!("fd.in.v1.{}", tenant.simple()));
    assert_eq!(wake.payload.as_ref(), conversation.as_bytes());
    assert!(
        wake.headers.is_none_or(|headers| headers.get("Nats-Msg-Id").is_none()),
        "a duplicate must not be swallowed"
    );

    // A duplicate that still waits wakes again: the first wake-up may be what was lost.
    front.evolution(body.replace("3A5C1E7F90B24D6688A1", &format!("ID{n}"))).await.counts();
    let again = tokio::time::timeout(Duration::from_secs(5), wakes.next()).await.unwrap().unwrap();
    assert_eq!(again.payload.as_ref(), conversation.as_bytes());
}
