//! A wrong secret, a growing quarantine and a repair that failed are told to whoever asks what is wrong.

use std::time::Duration;

use contract::work::v1::ListTroublesRequest;
use contract::work::v1::trouble_service_client::TroubleServiceClient;
use ingest::providers::Provider;
use testkit::eventually;

use crate::support::fixtures::bytes;
use crate::support::front::{Front, OPERATOR_TOKEN};

const REFUSED: &str = "select count(*) from ingest.door_note where what = 'refused'";
const SOON: Duration = Duration::from_secs(15);

async fn told(front: &Front) -> Vec<(String, String)> {
    let client = rpc::connect(&format!("http://{}", front.addresses.grpc), &OPERATOR_TOKEN.into()).unwrap();
    let answer = TroubleServiceClient::new(client).list_troubles(ListTroublesRequest {}).await.unwrap();
    answer.into_inner().troubles.into_iter().map(|trouble| (trouble.kind, trouble.name)).collect()
}

fn kinds(told: &[(String, String)]) -> Vec<&str> {
    told.iter().map(|(kind, _)| kind.as_str()).collect()
}

#[tokio::test]
async fn until_it_is_put_right() {
    let front = Front::with(&[("ingest.quarantine_most", "1"), ("ingest.refused_most", "1")]).await;
    assert_eq!(told(&front).await, []);

    let wrong = bytes(Provider::Evolution, "01-upsert-conversation");
    let refused = front.post("/webhooks/evolution/harbour", &[("apikey", "nobody's")], wrong.clone()).await;
    assert_eq!(refused.status, 401);
    let noted = async || (front.count(REFUSED).await > 0).then_some(());
    eventually(SOON, "the refusal is noted", noted).await.unwrap();
    assert_eq!(told(&front).await, [], "anybody can be refused once");
    // It goes on for a quarter of an hour, and nothing else comes.
    front.refused_for_minutes(15).await;
    assert_eq!(told(&front).await, [("WEBHOOKS_REFUSED".to_owned(), "harbour".to_owned())]);
    // The right one comes: whoever tried another is a stranger.
    assert_eq!(front.evolution(wrong).await.status, 200);
    let is_over = || async { told(&front).await.is_empty().then_some(()) };
    eventually(SOON, "the right secret is noticed", is_over).await.unwrap();

    for body in ["not json", "nor this"] {
        assert_eq!(front.evolution(body).await.status, 200);
    }
    assert_eq!(kinds(&told(&front).await), ["QUARANTINE_GROWS"]);
    sqlx::raw_sql("update ingest.quarantine set seen_at = now() - interval '2 hours'")
        .execute(&front.owner)
        .await
        .unwrap();
    assert_eq!(told(&front).await, []);

    sqlx::raw_sql(
        "insert into ingest.repair (channel_id, cause, from_at, until_at, done_until, state, finished_at)
         select id, 'outage', now(), now(), now(), 'failed', now() from ingest.channel where slug = 'harbour'",
    )
    .execute(&front.owner)
    .await
    .unwrap();
    assert_eq!(kinds(&told(&front).await), ["MISSED_NOT_FETCHED"]);
    sqlx::raw_sql("delete from ingest.repair").execute(&front.owner).await.unwrap();

    // Too long for the door, more often than is nothing.
    for _ in 0..2 {
        assert_eq!(front.evolution(vec![b' '; 4_000_000]).await.status, 413);
    }
    assert_eq!(kinds(&told(&front).await), ["WEBHOOKS_TOO_LARGE"]);
}
