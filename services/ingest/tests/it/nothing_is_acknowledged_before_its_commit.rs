//! Our own trouble is a 503: the provider sends it again, and what had been stored is recognised.

use std::time::Duration;

use ingest::providers::Provider;
use testkit::{Proxy, eventually};

use crate::support::fixtures::bytes;
use crate::support::front::{Answered, Front, WEBHOOK_TOKEN, database};
use crate::support::sign;

const SOON: Duration = Duration::from_secs(20);

/// A service that reaches its database by a line that can fail.
async fn on_a_line(changes: &[(&str, &str)]) -> (Front, Proxy) {
    let database = database().await;
    let proxy = Proxy::to(database.addr().unwrap()).await.unwrap();
    let url = database.settings_through(proxy.addr()).unwrap();
    (Front::on(database, url.url.expose(), changes).await, proxy)
}

fn is_refusal(answer: &Answered) -> bool {
    answer.status == 503 && answer.headers.get("retry-after").is_some_and(|seconds| seconds == "2")
}

#[tokio::test]
async fn without_a_database_every_provider_is_told_to_come_again() {
    let (front, line) = on_a_line(&[("ingest.accept_timeout", "3s")]).await;
    line.refuse();
    for name in ["01-upsert-conversation", "21-update-delivery-ack", "31-send-message", "27-connection-open"]
    {
        assert!(is_refusal(&front.evolution(bytes(Provider::Evolution, name)).await), "{name}");
    }
    assert!(is_refusal(&front.evolution("not json").await), "what would be quarantined would be lost");
    assert!(is_refusal(&front.meta(bytes(Provider::Meta, "01-text")).await));
    let twilio = front.twilio("/webhooks/twilio/acme", &bytes(Provider::Twilio, "01-inbound-text")).await;
    assert!(is_refusal(&twilio) && twilio.headers["content-type"] == "text/xml");
    // A name nobody has heard of could be that of a channel put a moment ago: not 401, which is for ever.
    let unknown = front.post("/webhooks/evolution/brand-new", &[("apikey", WEBHOOK_TOKEN)], "{}").await;
    assert!(is_refusal(&unknown), "{unknown:?}");
    // What a forger sends is refused as such, database or not.
    assert_eq!(front.post("/webhooks/evolution/harbour", &[], "{}").await.status, 401);
    eventually(SOON, "health says so", async || (front.get("/health").await.status == 503).then_some(()))
        .await
        .unwrap();

    line.release();
    eventually(SOON, "it is accepted again", async || {
        (front.evolution(bytes(Provider::Evolution, "01-upsert-conversation")).await.status == 200)
            .then_some(())
    })
    .await
    .unwrap();
    eventually(SOON, "health says so", async || (front.get("/health").await.status == 200).then_some(()))
        .await
        .unwrap();
}

#[tokio::test]
async fn a_commit_whose_answer_was_lost_is_refused_and_recognised() {
    let (front, line) = on_a_line(&[]).await;
    // The statement is known to the connections, so the next use of it is the whole transaction.
    assert_eq!(front.evolution(bytes(Provider::Evolution, "03-upsert-quoted-reply")).await.status, 200);
    line.lose_next_answer_to(b"3A5C1E7F90B24D6688A1");
    let body = bytes(Provider::Evolution, "01-upsert-conversation");
    assert!(is_refusal(&front.evolution(body.clone()).await));
    line.lost(1).await;
    let counts = eventually(SOON, "the line is back", async || {
        let answer = front.evolution(body.clone()).await;
        (answer.status == 200).then(|| answer.counts())
    })
    .await
    .unwrap();
    assert_eq!(counts, [0, 1, 0, 0], "it had been stored");
    assert_eq!(
        front
            .count("select count(*) from conversation.item where provider_id = '3A5C1E7F90B24D6688A1'")
            .await,
        1
    );
}

#[tokio::test]
async fn a_locked_conversation_refuses_its_own_messages_only() {
    let front = Front::start().await;
    let first = bytes(Provider::Meta, "01-text");
    front.meta(first.clone()).await.counts();
    let mut holder = front.owner.begin().await.unwrap();
    sqlx::query("select from conversation.tail for update").execute(&mut *holder).await.unwrap();

    let hers = String::from_utf8(first.clone()).unwrap().replace("M0E1QzFFN0Y5MEIyNEQ2Njg4QTEA", "hers");
    let his = hers.replace("447700900123", "447700900145").replace("GB.70412233445566778899", "GB.7");
    let others = (0..8).map(|n| {
        let body = his.replace("wamid.", &format!("wamid.{n}"));
        let front = &front;
        async move { front.meta(body).await }
    });
    let (locked, others) = tokio::join!(front.meta(hers.clone()), futures_util::future::join_all(others));
    assert!(is_refusal(&locked), "{locked:?}");
    assert!(others.iter().all(|other| other.status == 200), "{others:?}");
    holder.rollback().await.unwrap();
    assert_eq!(front.meta(hers).await.counts(), [1, 0, 0, 0]);
}

#[tokio::test]
async fn what_takes_too_long_is_refused() {
    let (front, line) = on_a_line(&[("ingest.accept_timeout", "300ms")]).await;
    line.hold();
    let body = bytes(Provider::Meta, "01-text");
    let signature = sign::meta(&body, crate::support::front::APP_SECRET);
    let answer = front.post("/webhooks/meta", &[("x-hub-signature-256", &signature)], body).await;
    assert!(is_refusal(&answer), "{answer:?}");
    line.release();
}
