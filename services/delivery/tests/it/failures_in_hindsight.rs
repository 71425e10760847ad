//! What a provider took and reported as failed later.

use serde_json::json;

use crate::fixture::{CHANNEL, Cloud, Pace, Replica, Say, Stage};

async fn stage() -> anyhow::Result<(Stage, Cloud, Replica)> {
    let (stage, cloud) = (Stage::new().await?, Cloud::start().await?);
    stage.at_twilio(&cloud, Pace::FREE).await?;
    for customer in 1..=3 {
        stage.wrote(CHANNEL, &Say::phone(customer), 0.0).await?;
    }
    let replica = Replica::start(&stage).await?;
    Ok((stage, cloud, replica))
}

async fn sent(stage: &Stage, customer: u32, text: &str) -> anyhow::Result<(uuid::Uuid, String)> {
    let id = stage.say(Say::reply(customer, text)).await?;
    let row = stage.until_state(id, "sent").await?;
    Ok((id, row.provider_id.unwrap_or_default()))
}

#[tokio::test]
async fn its_code_is_told_in_plain_words() -> anyhow::Result<()> {
    let (stage, cloud, _replica) = stage().await?;
    let (id, sid) = sent(&stage, 1, "hello").await?;
    stage.report(&sid, "failed", json!({"error_code": "63016"})).await?;
    let told = |row: &crate::fixture::MessageRow| {
        row.reason.as_ref().is_some_and(|reason| reason["cause"] == "window_closed")
    };
    let row = stage.until(id, "it is judged", told).await?;
    assert_eq!((row.state.as_str(), row.attempts), ("failed", 1));
    assert_eq!(row.reason.unwrap_or_default()["code"], "63016");
    assert_eq!(cloud.sends(), 1);
    // A phone that was found after all.
    stage.report(&sid, "delivered", json!({})).await?;
    assert_eq!(stage.message(id).await?.state, "sent");
    Ok(())
}

#[tokio::test]
async fn a_hiccup_is_tried_again_and_a_limit_later() -> anyhow::Result<()> {
    let (stage, cloud, _replica) = stage().await?;
    let (id, sid) = sent(&stage, 1, "hiccup").await?;
    stage.report(&sid, "failed", json!({"error_code": "63012"})).await?;
    let row = stage.until(id, "it waits for its next try", |row| row.state == "queued").await?;
    assert!(row.due_in.is_some_and(|due| (30.0..120.0).contains(&due)), "{row:?}");
    assert_eq!(row.provider_id, None);
    let (id, sid) = sent(&stage, 2, "limit").await?;
    stage.report(&sid, "failed", json!({"error_code": "63018"})).await?;
    let row = stage.until(id, "it waits for the limit", |row| row.state == "queued").await?;
    assert!(row.due_in.is_some_and(|due| (500.0..700.0).contains(&due)), "{row:?}");
    assert_eq!(cloud.sends(), 2);
    Ok(())
}

#[tokio::test]
async fn nothing_goes_again_after_something_later_has_left() -> anyhow::Result<()> {
    let (stage, cloud, _replica) = stage().await?;
    let (id, sid) = sent(&stage, 1, "first").await?;
    sent(&stage, 1, "second").await?;
    stage.report(&sid, "failed", json!({"error_code": "63012"})).await?;
    let judged = |row: &crate::fixture::MessageRow| {
        row.reason.as_ref().is_some_and(|reason| reason["cause"] == "provider_error")
    };
    let row = stage.until(id, "it is judged", judged).await?;
    assert_eq!(row.state, "failed");
    assert_eq!(cloud.sends(), 2);
    Ok(())
}

#[tokio::test]
async fn what_concerns_every_message_closes_the_door() -> anyhow::Result<()> {
    let (stage, cloud, _replica) = stage().await?;
    let (id, sid) = sent(&stage, 1, "hello").await?;
    stage.report(&sid, "failed", json!({"error_code": "63020"})).await?;
    stage.until_door("credentials").await?;
    stage.until(id, "it waits behind the door", |row| row.state == "queued").await?;
    let behind = stage.say(Say::reply(2, "behind the door")).await?;
    assert_eq!(stage.message(behind).await?.attempts, 0);
    assert_eq!(cloud.sends(), 1);
    Ok(())
}
