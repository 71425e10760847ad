use serde_json::json;
use uuid::Uuid;

use crate::fixture::{Pace, Replica, Say, Stage};

#[tokio::test]
async fn what_could_never_be_sent_is_refused_at_the_door() -> anyhow::Result<()> {
    let stage = Stage::new().await?;
    let refused = [
        Say::reply(1, "hello").with("class", "promotion"),
        Say::reply(1, "hello").with("lane", "express"),
        Say::reply(1, "hello").with("body", json!({ "kind": "hologram", "text": "hello" })),
        Say::reply(1, "hello").with("body", json!({ "kind": "text" })),
        Say::reply(1, ""),
        Say::reply(1, "hello").with("on_unknown", "resend_for_ever"),
    ];
    for say in refused {
        let error = sqlx::query("select delivery.enqueue_v1($1, false)")
            .bind(json!([say.0]))
            .execute(&stage.sender)
            .await
            .err();
        let class = error.as_ref().map(postgres::classify);
        assert_eq!(class, Some(postgres::Class::Data), "{:?}: {error:?}", say.0);
    }
    assert_eq!(stage.count("select count(*) from delivery.message").await?, 0);
    Ok(())
}

#[tokio::test]
async fn a_channel_that_cannot_be_read_waits_alone() -> anyhow::Result<()> {
    let stage = Stage::new().await?;
    let broken = [
        (Uuid::from_u128(100), "secrets = '{\"api_key\": 5}'"),
        (Uuid::from_u128(101), "door = '{\"ajar\": {}}'"),
    ];
    for (id, change) in broken {
        stage.channel(id, &format!("broken-{}", id.as_u128()), Pace::FREE).await?;
        let change = format!("update delivery.channel set {change} where id = $1");
        sqlx::query(sqlx::AssertSqlSafe(change)).bind(id).execute(&stage.owner).await?;
    }
    let _replica = Replica::start(&stage).await?;
    let id = stage.say(Say::reply(1, "next door")).await?;
    stage.until_state(id, "sent").await?;
    let lost_key = stage.say(Say::reply(2, "no key").with("channel_id", broken[0].0.to_string())).await?;
    let lost_door = stage.say(Say::reply(3, "no door").with("channel_id", broken[1].0.to_string())).await?;
    let parked = stage.until(lost_key, "it was tried without a key", |row| row.attempts == 1).await?;
    let parked = stage
        .until(lost_key, "it waits", |row| row.state == "queued" && row.attempts >= parked.attempts)
        .await?;
    assert_eq!((parked.tries, parked.reason.unwrap_or_default()["cause"].clone()), (0, "key_missing".into()));
    // A door nobody can read is tried like any other that has just opened.
    stage.until_state(lost_door, "sent").await?;
    Ok(())
}
