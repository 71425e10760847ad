use crate::fixture::{Replica, Say, Stage};

#[tokio::test]
async fn it_begins_no_more_conversations_in_a_day_than_its_age_allows() -> anyhow::Result<()> {
    let stage = Stage::new().await?;
    sqlx::query("update delivery.channel set new_since = (now() at time zone 'UTC')::date, changed_at = clock_timestamp()")
        .execute(&stage.owner)
        .await?;
    let _replica = Replica::start(&stage).await?;
    let strangers: Vec<Say> = (0..12).map(|n| Say::reminder(n, format!("first {n}"))).collect();
    stage.say_all(&strangers).await?;
    stage.until_taken(10).await?;
    let held = "select count(*) from delivery.message where state = 'queued' and attempts = 0 and reason ->> 'cause' = 'warm_up'";
    let two = async || (stage.count(held).await.ok()? == 2).then_some(());
    testkit::eventually(crate::fixture::PATIENCE, "two strangers wait for another day", two).await?;
    // Who wrote gets an answer, and whoever was written to already is no stranger.
    stage.say_all(&[Say::reply(100, "an answer"), Say::reminder(0, "second 0")]).await?;
    stage.until_taken(12).await?;

    sqlx::query(
        "update delivery.message set intended_at = intended_at - interval '25 hours' where intended_at is not null",
    )
    .execute(&stage.owner)
    .await?;
    sqlx::query("update delivery.message set due_at = clock_timestamp() where state = 'queued'")
        .execute(&stage.owner)
        .await?;
    stage.until_all("sent", 14).await
}
