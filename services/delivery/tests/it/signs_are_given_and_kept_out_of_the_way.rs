use serde_json::{Value, json};

use crate::fixture::{CHANNEL, Cloud, PATIENCE, Pace, Replica, Say, Stage};

async fn give(stage: &Stage, kinds: &[&str]) -> anyhow::Result<()> {
    let sign = |kind: &&str| json!({"channel_id": CHANNEL, "kind": kind, "to": Say::phone(1), "provider_id": "wamid.Q"});
    let signals: Vec<Value> = kinds.iter().map(sign).collect();
    sqlx::query("select delivery.signal_v1($1)").bind(json!(signals)).execute(&stage.sender).await?;
    Ok(())
}

async fn until_none_waits(stage: &Stage) -> anyhow::Result<()> {
    let look = async || (stage.count("select count(*) from delivery.signal").await.ok()? == 0).then_some(());
    testkit::eventually(PATIENCE, "every sign is taken", look).await
}

#[tokio::test]
async fn read_marks_and_typing_reach_the_customer_and_count_as_nothing() -> anyhow::Result<()> {
    let (stage, cloud) = (Stage::new().await?, Cloud::start().await?);
    // One message a day: a sign that took a token would hold it up.
    stage.at_meta(&cloud, Pace { per_second: 0.0001, burst: 1 }).await?;
    stage.wrote(CHANNEL, &Say::phone(1), 0.0).await?;
    let _replica = Replica::start(&stage).await?;
    give(&stage, &["read", "typing", "dance"]).await?;
    let look = async || Some(cloud.signs()).filter(|signs| signs.len() == 2);
    let signs = testkit::eventually(PATIENCE, "both signs are given", look).await?;
    assert!(signs.iter().all(|sign| sign["message_id"] == "wamid.Q"), "{signs:?}");
    let id = stage.say(Say::reply(1, "hello")).await?;
    stage.until_state(id, "sent").await?;
    assert_eq!(cloud.sends(), 1);
    Ok(())
}

#[tokio::test]
async fn late_ones_and_those_of_a_dry_run_are_dropped() -> anyhow::Result<()> {
    let (stage, cloud) = (Stage::new().await?, Cloud::start().await?);
    stage.at_meta(&cloud, Pace::FREE).await?;
    give(&stage, &["read"]).await?;
    sqlx::query("update delivery.signal set at = at - interval '1 minute'").execute(&stage.owner).await?;
    let replica = Replica::start(&stage).await?;
    until_none_waits(&stage).await?;
    replica.stop().await?;
    let _replica = Replica::with(&stage, &[("send_enabled", "false")]).await?;
    give(&stage, &["typing"]).await?;
    until_none_waits(&stage).await?;
    assert!(cloud.signs().is_empty());
    Ok(())
}
