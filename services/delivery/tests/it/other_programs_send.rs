use std::time::{Duration, Instant};

use contract::delivery::v1::{
    CancelMessageRequest, Content, SendMessageRequest, content::Kind, send_service_client::SendServiceClient,
};
use reqwest::{Method, Response};
use serde_json::{Value, json};
use testkit::eventually;

use crate::fixture::{CHANNEL, PATIENCE, Replica, Say, Stage, TENANT};

/// Promised are 50 ms to the call; a busy machine gets ten times that, and the request's own time.
const SOON: Duration = Duration::from_millis(750);

fn request(customer: u32, text: &str) -> Value {
    json!({ "tenant": ids::TenantId::from_uuid(TENANT).to_string(), "channel": "harbour",
            "to": format!("+{}", Say::phone(customer)), "text": text })
}

async fn post(replica: &Replica, body: &Value, key: Option<&str>) -> anyhow::Result<Response> {
    let mut request = replica.http(Method::POST, "/api/messages").json(body);
    if let Some(key) = key {
        request = request.header("idempotency-key", key);
    }
    Ok(request.send().await?)
}

async fn read(answer: Response) -> anyhow::Result<(u16, Value)> {
    Ok((answer.status().as_u16(), answer.json().await?))
}

#[tokio::test]
async fn it_is_sent_at_once_and_its_way_can_be_followed() -> anyhow::Result<()> {
    let stage = Stage::new().await?;
    // The look that finds what nobody told of is far away.
    let replica = Replica::with(&stage, &[("look_every", "10m")]).await?;
    eventually(PATIENCE, "a first message is heard of", async || {
        post(&replica, &request(9, "first"), None).await.ok()?;
        stage.until_taken(1).await.ok()
    })
    .await?;
    let began = Instant::now();
    let answer = post(&replica, &request(1, "Your glasses are ready."), None).await?;
    let (place, (status, made)) = (answer.headers()["location"].to_str()?.to_owned(), read(answer).await?);
    assert_eq!((status, &made["replayed"], &made["dry_run"]), (201, &json!(false), &json!(false)));
    stage.until_taken(2).await?;
    assert!(began.elapsed() < SOON, "{:?}", began.elapsed());

    let id: ids::MessageId = made["id"].as_str().unwrap_or_default().parse()?;
    stage.until_state(id.uuid(), "sent").await?;
    let row = stage.message(id.uuid()).await?;
    stage.receipt(&row.provider_id.unwrap_or_default(), "delivered").await?;
    let (status, message) = read(replica.http(Method::GET, &place).send().await?).await?;
    assert_eq!((status, &message["state"], &message["lane"]), (200, &json!("delivered"), &json!("normal")));
    assert_eq!(message["to"], Say::phone(1));
    assert_eq!(message["attempts"][0]["outcome"], "accepted");
    assert!(
        message["sent_at"].is_string()
            && message["delivered_at"].is_string()
            && message["not_after"].is_string()
    );
    Ok(())
}

#[tokio::test]
async fn the_same_key_sends_once() -> anyhow::Result<()> {
    let stage = Stage::new().await?;
    let replica = Replica::start(&stage).await?;
    let body = request(1, "once");
    let (first, second, third) = tokio::join!(
        post(&replica, &body, Some("k")),
        post(&replica, &body, Some("k")),
        post(&replica, &body, Some("k"))
    );
    let answers = [read(first?).await?, read(second?).await?, read(third?).await?];
    let mut statuses = answers.clone().map(|(status, _)| status);
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 200, 201]);
    assert!(answers.iter().all(|(_, body)| body["id"] == answers[0].1["id"]), "{answers:?}");

    // The same over gRPC: one memory for both doors.
    let mut grpc = SendServiceClient::new(replica.operator()?);
    let mut again = SendMessageRequest {
        tenant: ids::TenantId::from_uuid(TENANT).to_string(),
        channel: ids::ChannelId::from_uuid(CHANNEL).to_string(),
        to: format!("+{}", Say::phone(1)),
        content: Some(Content { kind: Some(Kind::Text("once by gRPC".into())), ..Content::default() }),
        idempotency_key: "g".into(),
        ..SendMessageRequest::default()
    };
    let made = grpc.send_message(again.clone()).await?.into_inner();
    assert!(!made.replayed && grpc.send_message(again.clone()).await?.into_inner().replayed);
    again.content = Some(Content { kind: Some(Kind::Text("twice".into())), ..Content::default() });
    let Err(refused) = grpc.send_message(again).await else { anyhow::bail!("taken") };
    assert_eq!(refused.code(), tonic::Code::FailedPrecondition);

    let (status, problem) = read(post(&replica, &request(1, "something else"), Some("k")).await?).await?;
    assert_eq!((status, &problem["reason"]), (409, &json!("IDEMPOTENCY_KEY_REUSED")));
    assert_eq!(problem["id"], answers[0].1["id"]);
    stage.until_all("sent", 2).await?;
    assert_eq!(stage.texts(), ["once", "once by gRPC"]);

    // After 30 days the key means nothing any more.
    sqlx::query("update delivery.idempotency set at = at - interval '31 days'").execute(&stage.owner).await?;
    assert_eq!(post(&replica, &request(1, "something else"), Some("k")).await?.status(), 201);
    drop(replica);
    let _next = Replica::start(&stage).await?;
    let one =
        async || (stage.count("select count(*) from delivery.idempotency").await.ok()? == 1).then_some(());
    eventually(PATIENCE, "old keys are forgotten", one).await
}

#[tokio::test]
async fn what_is_still_queued_can_be_taken_back() -> anyhow::Result<()> {
    let stage = Stage::new().await?;
    let replica = Replica::start(&stage).await?;
    let mut later = request(1, "later");
    later["not_before"] =
        sqlx::query_scalar::<_, Value>("select to_json(clock_timestamp() + interval '1 hour')")
            .fetch_one(&stage.owner)
            .await?;
    let (_, made) = read(post(&replica, &later, None).await?).await?;
    read(post(&replica, &request(1, "behind it"), None).await?).await?;
    let place = format!("/api/messages/{}", made["id"].as_str().unwrap_or_default());
    for _ in 0..2 {
        assert_eq!(replica.http(Method::DELETE, &place).send().await?.status(), 204);
    }
    let taken = stage.until_taken(1).await?;
    assert_eq!(taken[0].text, "behind it");
    let (_, message) = read(replica.http(Method::GET, &place).send().await?).await?;
    assert_eq!((&message["state"], &message["reason"]["cause"]), (&json!("cancelled"), &json!("taken_back")));

    let (_, made) = read(post(&replica, &request(2, "gone"), None).await?).await?;
    let id: ids::MessageId = made["id"].as_str().unwrap_or_default().parse()?;
    stage.until_state(id.uuid(), "sent").await?;
    let (status, problem) =
        read(replica.http(Method::DELETE, &format!("/api/messages/{id}")).send().await?).await?;
    assert_eq!(
        (status, &problem["reason"], &problem["state"]),
        (409, &json!("TOO_LATE_TO_CANCEL"), &json!("sent"))
    );
    let mut grpc = SendServiceClient::new(replica.operator()?);
    let Err(refused) = grpc.cancel_message(CancelMessageRequest { message_id: id.to_string() }).await else {
        anyhow::bail!("taken back")
    };
    assert_eq!(refused.code(), tonic::Code::FailedPrecondition);
    Ok(())
}

#[tokio::test]
async fn what_is_wrong_is_named_and_a_dry_run_says_so() -> anyhow::Result<()> {
    let stage = Stage::new().await?;
    let replica = Replica::with(&stage, &[("send_enabled", "false")]).await?;
    let (status, problem) =
        read(post(&replica, &json!({"to": "123", "lane": "express"}), None).await?).await?;
    let fields: Vec<&str> = problem["errors"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|error| error["field"].as_str())
        .collect();
    assert_eq!((status, fields), (400, vec!["tenant", "channel", "to", "text", "lane"]));
    let mut stranger = request(1, "a");
    stranger["tenant"] = json!("somebody-else");
    assert_eq!(post(&replica, &stranger, None).await?.status(), 404);

    let (_, made) = read(post(&replica, &request(1, "a"), None).await?).await?;
    assert_eq!(made["dry_run"], json!(true));
    stage.until_all("dry_run", 1).await?;
    assert_eq!(stage.sim.totals().sends, 0);
    Ok(())
}

/// Conversation knows who wrote: under which address, and in which conversation. Order holds with what is said there.
#[tokio::test]
async fn it_joins_the_line_of_the_conversation() -> anyhow::Result<()> {
    let stage = Stage::new().await?;
    let replica = Replica::start(&stage).await?;
    let conversation = "select count(distinct conversation_id) from delivery.message where to_address <> '5511987654321@lid'";
    for text in ["one", "two"] {
        read(post(&replica, &request(1, text), None).await?).await?;
    }
    assert_eq!(stage.count(conversation).await?, 1);

    sqlx::raw_sql(
        "
         grant usage on schema conversation to delivery_app;
         create function conversation.whom_v1(tenant_id uuid, channel_id uuid, phone text)
         returns table (conversation_id uuid, to_address text) language sql stable as $$
             select '00000000-0000-0000-0000-0000000003e9'::uuid, '5511987654321@lid'
             where phone = '+5511987654321'
         $$;
         grant execute on function conversation.whom_v1(uuid, uuid, text) to delivery_app",
    )
    .execute(&stage.owner)
    .await?;
    let mut known = request(1, "three");
    known["to"] = json!("+55 11 8765-4321");
    let (status, made) = read(post(&replica, &known, None).await?).await?;
    assert_eq!(status, 201, "{made}");
    let joined = "select count(*) from delivery.message
                  where to_address = '5511987654321@lid' and conversation_id = '00000000-0000-0000-0000-0000000003e9'";
    assert_eq!(stage.count(joined).await?, 1);
    Ok(())
}
