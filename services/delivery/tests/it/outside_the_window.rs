//! WhatsApp takes free content for a day after the customer's last message, and templates at any time.

use serde_json::{Value, json};

use crate::fixture::{CHANNEL, Cloud, Pace, Reaction, Replica, Say, Stage};

fn with_fallback(text: &str) -> Value {
    let template = json!({"name": "hello", "language": "en", "content_sid": "HX1", "variables": ["Ada"]});
    json!({"kind": "text", "text": text, "fallback": template})
}

#[tokio::test]
async fn free_text_goes_as_its_template_or_is_refused_without_a_call() -> anyhow::Result<()> {
    let (stage, cloud) = (Stage::new().await?, Cloud::start().await?);
    stage.at_meta(&cloud, Pace::FREE).await?;
    stage.wrote(CHANNEL, &Say::phone(1), 23.0).await?;
    stage.wrote(CHANNEL, &Say::phone(2), 25.0).await?;
    // Older news changes nothing.
    stage.wrote(CHANNEL, &Say::phone(1), 30.0).await?;
    let template = json!({"kind": "template", "name": "visit", "language": "en"});
    let says = [
        Say::reply(1, "inside"),
        Say::reply(2, "outside"),
        Say::reply(2, "").with("body", with_fallback("outside, with a template")),
        Say::reply(3, "never wrote"),
        Say::reply(4, "").with("body", template),
        Say::reply(1, "").with("body", with_fallback("inside, with a template")),
    ];
    let ids = stage.enqueue(&says).await?;
    let _replica = Replica::start(&stage).await?;
    let expected = ["sent", "dead", "sent", "dead", "sent", "sent"];
    for (id, state) in ids.iter().zip(expected) {
        stage.until_state(*id, state).await?;
    }
    let refused = stage.message(ids[1]).await?;
    assert_eq!(refused.attempts, 0);
    let reason = refused.reason.unwrap_or_default();
    assert_eq!((&reason["cause"], &reason["owner"]), (&json!("window_closed"), &json!("front_desk")));
    let mut kinds: Vec<String> = cloud
        .taken()
        .iter()
        .map(|taken| taken.request["template"]["name"].as_str().unwrap_or("text").to_owned())
        .collect();
    kinds.sort();
    assert_eq!(kinds, ["hello", "text", "text", "visit"]);
    Ok(())
}

#[tokio::test]
async fn a_phone_may_always_write() -> anyhow::Result<()> {
    let stage = Stage::new().await?;
    let _replica = Replica::start(&stage).await?;
    let id = stage.say(Say::reminder(1, "nobody wrote")).await?;
    stage.until_state(id, "sent").await?;
    assert_eq!(stage.count("select count(*) from delivery.inbound").await?, 0, "kept only where it matters");
    Ok(())
}

#[tokio::test]
async fn a_window_that_meta_knows_to_be_closed() -> anyhow::Result<()> {
    let (stage, cloud) = (Stage::new().await?, Cloud::start().await?);
    stage.at_meta(&cloud, Pace::FREE).await?;
    stage.wrote(CHANNEL, &Say::phone(1), 1.0).await?;
    stage.wrote(CHANNEL, &Say::phone(2), 1.0).await?;
    let _replica = Replica::start(&stage).await?;
    cloud.script([Reaction::meta(400, 131_047)]);
    let id = stage.say(Say::reply(1, "").with("body", with_fallback("hello"))).await?;
    let sent = stage.until_state(id, "sent").await?;
    assert_eq!(sent.attempts, 2);
    assert_eq!(cloud.taken()[0].request["template"]["name"], "hello");
    cloud.script([Reaction::meta(400, 131_047)]);
    let id = stage.say(Say::reply(2, "no template")).await?;
    let dead = stage.until_state(id, "dead").await?;
    assert_eq!(dead.reason.unwrap_or_default()["cause"], "window_closed");
    Ok(())
}

#[tokio::test]
async fn meta_takes_it_and_says_later_that_it_was_closed() -> anyhow::Result<()> {
    let (stage, cloud) = (Stage::new().await?, Cloud::start().await?);
    stage.at_meta(&cloud, Pace::FREE).await?;
    stage.wrote(CHANNEL, &Say::phone(1), 1.0).await?;
    let _replica = Replica::start(&stage).await?;
    let id = stage.say(Say::reply(1, "").with("body", with_fallback("hello"))).await?;
    let first = stage.until_state(id, "sent").await?.provider_id.unwrap_or_default();
    let failed = json!({"error_code": "131047", "client_ref": format!("fd:{id}")});
    stage.report(&first, "failed", failed.clone()).await?;
    let again =
        stage.until(id, "it went as its template", |row| row.attempts == 2 && row.state == "sent").await?;
    let second = again.provider_id.unwrap_or_default();
    assert_ne!(first, second);
    assert_eq!(cloud.taken()[1].request["template"]["name"], "hello");
    // The same news again says nothing about the second try.
    stage.report(&first, "failed", failed).await?;
    assert_eq!(stage.message(id).await?.state, "sent");
    stage.report(&second, "delivered", json!({})).await?;
    assert_eq!(stage.shown(id).await?, "delivered");
    Ok(())
}
