use reqwest::Method;
use serde_json::Value;

use crate::fixture::{Replica, Say, Stage};

#[tokio::test]
async fn what_became_of_a_message() -> anyhow::Result<()> {
    let stage = Stage::new().await?;
    let replica = Replica::start(&stage).await?;
    let id = stage.say(Say::reply(1, "until then")).await?;
    stage.until_state(id, "sent").await?;

    let id = ids::MessageId::from_uuid(id).to_string();
    let answer = replica.http(Method::GET, &format!("/api/messages/{id}")).send().await?;
    assert_eq!(answer.status(), 200);
    let message: Value = answer.json().await?;
    assert_eq!(message["id"], id);
    assert_eq!(message["text"], "until then");
    assert_eq!(message["attempts"][0]["outcome"], "accepted");

    let nobody =
        replica.http(Method::GET, "/api/messages/msg_01980000000070008000000000000001").send().await?;
    assert_eq!(nobody.status(), 404);
    assert_eq!(nobody.json::<Value>().await?["reason"], "NOT_FOUND");
    Ok(())
}
