//! What was kept is read again when the cause is gone, over gRPC.

use contract::ingest::v1 as api;
use contract::ingest::v1::intake_service_client::IntakeServiceClient;
use contract::ingest::v1::quarantine_service_client::QuarantineServiceClient;
use ingest::providers::Provider;
use serde_json::json;

use crate::support::fixtures::bytes;
use crate::support::front::{Front, OPERATOR_TOKEN};
use crate::support::sign;

fn client(front: &Front, token: &str) -> QuarantineServiceClient<rpc::Client> {
    let client = rpc::connect(&format!("http://{}", front.addresses.grpc), &token.into()).unwrap();
    QuarantineServiceClient::new(client)
}

#[tokio::test]
async fn a_channel_is_put_and_its_messages_follow() {
    let front = Front::start().await;
    let body = String::from_utf8(bytes(Provider::Meta, "01-text")).unwrap().replace("109876543210987", "555");
    front.meta(body.clone()).await.counts();
    front.evolution("not json").await.counts();
    let mut quarantine = client(&front, OPERATOR_TOKEN);

    let listed = quarantine
        .list_quarantined_payloads(api::ListQuarantinedPayloadsRequest {
            reason: "unknown_channel".into(),
            ..Default::default()
        })
        .await
        .unwrap()
        .into_inner();
    let [payload] = listed.payloads.as_slice() else { panic!("{listed:?}") };
    assert_eq!((payload.provider(), payload.seen), (api::Provider::Meta, 1));
    assert_eq!(payload.detail, "no channel has the phone number id 555");
    let shown = quarantine
        .get_quarantined_payload(api::GetQuarantinedPayloadRequest { id: payload.id.clone() })
        .await
        .unwrap()
        .into_inner();
    assert_eq!(shown.body, body.as_bytes());

    let replay = async |dry_run| {
        let request = api::ReplayQuarantinedPayloadRequest { id: payload.id.clone(), dry_run };
        client(&front, OPERATOR_TOKEN).replay_quarantined_payload(request).await.unwrap().into_inner()
    };
    let still = replay(false).await;
    assert_eq!(
        (still.accepted, still.problems.as_slice()),
        (0, ["unknown_channel: no channel has the phone number id 555".to_owned()].as_slice())
    );

    front.put_channel("late", "meta", json!({ "phone_number_id": "555" }), &[]).await;
    assert_eq!(replay(true).await.accepted, 1);
    assert_eq!(front.count("select count(*) from conversation.item").await, 0, "a dry run only says");
    assert_eq!(replay(false).await.accepted, 1);
    let again = replay(false).await;
    assert_eq!((again.accepted, again.duplicates), (0, 1));
    assert_eq!(front.count("select count(*) from conversation.item").await, 1);
    let waiting = quarantine
        .list_quarantined_payloads(api::ListQuarantinedPayloadsRequest::default())
        .await
        .unwrap()
        .into_inner();
    assert_eq!(waiting.payloads.len(), 1, "the other one still waits");

    let mut intake = IntakeServiceClient::new(
        rpc::connect(&format!("http://{}", front.addresses.grpc), &OPERATOR_TOKEN.into()).unwrap(),
    );
    let statistics =
        intake.get_intake_statistics(api::GetIntakeStatisticsRequest {}).await.unwrap().into_inner();
    let of_meta = statistics
        .webhooks
        .iter()
        .find(|count| count.provider() == api::Provider::Meta && count.outcome == "accepted");
    assert_eq!(of_meta.unwrap().count, 1);
    assert_eq!(statistics.quarantined, [api::QuarantineCount { reason: "unparsable".into(), count: 1 }]);
    assert!(statistics.since.is_some() && statistics.channels >= 3);
}

#[tokio::test]
async fn what_a_stranger_signed_is_not_made_ours() {
    let front = Front::start().await;
    front
        .put_channel(
            "own-app",
            "meta",
            json!({ "phone_number_id": "555" }),
            &[("app_secret", "tenants-secret")],
        )
        .await;
    let body = bytes(Provider::Meta, "01-text");
    let signature = sign::meta(&body, "tenants-secret");
    front.post("/webhooks/meta", &[("x-hub-signature-256", &signature)], body).await.counts();
    let mut quarantine = client(&front, OPERATOR_TOKEN);
    let listed = quarantine
        .list_quarantined_payloads(api::ListQuarantinedPayloadsRequest::default())
        .await
        .unwrap()
        .into_inner();
    let request = api::ReplayQuarantinedPayloadRequest { id: listed.payloads[0].id.clone(), dry_run: false };
    let refused = quarantine.replay_quarantined_payload(request).await.unwrap_err();
    assert!(refused.message().contains("another Meta app"), "{refused:?}");
}

#[tokio::test]
async fn only_those_who_may_look() {
    let front = Front::start().await;
    let refused = client(&front, "guess")
        .list_quarantined_payloads(api::ListQuarantinedPayloadsRequest::default())
        .await;
    assert!(refused.is_err());
    let request = api::GetQuarantinedPayloadRequest { id: "nonsense".into() };
    let refused = client(&front, OPERATOR_TOKEN).get_quarantined_payload(request).await.unwrap_err();
    assert!(refused.message().starts_with("id not a QuarantineId"), "{}", refused.message());
}
