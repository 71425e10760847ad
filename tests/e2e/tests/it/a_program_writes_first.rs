use std::time::Duration;

use contract::alerting::v1::{
    GetTimelineRequest, get_timeline_request::Subject, timeline_service_client::TimelineServiceClient,
};
use e2e::{INSTANCE, Stack};
use serde_json::{Value, json};
use uuid::Uuid;

const SOON: Duration = Duration::from_secs(20);

/// Sends through the HTTP door of delivery; answers with the message's conversation and address.
async fn send(stack: &Stack, to: &str, text: &str) -> anyhow::Result<(Uuid, String)> {
    let answer = reqwest::Client::new()
        .post(format!("http://{}/api/messages", stack.doors.messages))
        .bearer_auth(stack.token)
        .json(&json!({ "tenant": "harbour-dental", "channel": INSTANCE, "to": to, "text": text }))
        .send()
        .await?;
    anyhow::ensure!(answer.status() == 201, "{}", answer.text().await?);
    let made: Value = answer.json().await?;
    let id: Uuid = made["id"].as_str().unwrap_or_default().trim_start_matches("msg_").parse()?;
    Ok(sqlx::query_as("select conversation_id, to_address from delivery.message where id = $1")
        .bind(id)
        .fetch_one(&stack.rows().await?)
        .await?)
}

async fn conversation(stack: &Stack, phone: &str) -> anyhow::Result<Uuid> {
    Ok(sqlx::query_scalar("select id from conversation.conversation where to_address = $1")
        .bind(phone)
        .fetch_one(&stack.rows().await?)
        .await?)
}

/// What a program says to somebody stands in one line with what the front desk says to them, whoever began.
#[tokio::test(flavor = "multi_thread")]
async fn and_stands_in_the_customers_line() -> anyhow::Result<()> {
    let stack = Stack::start().await?;
    let (known, newcomer) = ("447700972001", "447700972002");
    stack.customer(known, "hi")?;
    stack.hears(known, 1, SOON).await?;
    let sent = send(&stack, "+44 7700 972001", "Your glasses are ready.").await?;
    assert_eq!(sent, (conversation(&stack, known).await?, known.to_owned()));

    let (first, _) = send(&stack, "+447700972002", "Welcome to Harbour Dental.").await?;
    stack.hears(newcomer, 1, SOON).await?;
    stack.customer(newcomer, "hi")?;
    stack.hears(newcomer, 2, SOON).await?;
    assert_eq!(conversation(&stack, newcomer).await?, first);

    // Who was only ever written to is found by number, too.
    send(&stack, "+447700972003", "Your appointment card is here.").await?;
    let asked = GetTimelineRequest { subject: Some(Subject::Phone("+44 7700 972003".into())) };
    let mut timelines = TimelineServiceClient::new(stack.grpc("alerting", "operator")?);
    let told = timelines.get_timeline(asked).await?.into_inner();
    let texts = told.steps.iter().filter_map(|step| Some(step.step.as_ref()?.text.as_str()));
    assert!(texts.into_iter().any(|text| text == "Your appointment card is here."), "{told:#?}");

    // Who says STOP gets nothing more from programs either.
    stack.customer(newcomer, "STOP")?;
    let refused = "select count(*) from delivery.opt_out";
    stack.counts(1, "the opt-out is known", refused, SOON).await?;
    send(&stack, "+447700972002", "One more thing.").await?;
    let skipped =
        "select count(*) from delivery.message where state = 'skipped' and reason ->> 'cause' = 'opted_out'";
    stack.counts(1, "the message is skipped", skipped, SOON).await
}
