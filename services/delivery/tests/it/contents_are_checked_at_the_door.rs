use serde_json::{Value, json};

use crate::fixture::{Replica, Say, Stage};

fn good() -> Vec<Value> {
    let link = "https://example.test/file";
    vec![
        json!({"kind": "text", "text": "Hello"}),
        json!({"kind": "text", "text": "Hello", "reply_to": "3EB0", "fallback": {"content_sid": "HX1"}}),
        json!({"kind": "text", "text": "Hello", "reply_to": null, "fallback": null}),
        json!({"kind": "template", "name": "visit", "language": "en", "variables": ["Ada"], "buttons": ["y"],
               "text": "You come"}),
        json!({"kind": "template", "content_sid": "HX1", "variables": {"1": "Ada"}, "text": "You come"}),
        json!({"kind": "buttons", "text": "Sure?", "buttons": [{"id": "y", "title": "Yes"}]}),
        json!({"kind": "list", "text": "When?", "button": "Choose", "sections": [{"rows": [{"id": "1", "title": "Thu"}]}]}),
        json!({"kind": "image", "link": link, "text": "A map"}),
        json!({"kind": "document", "link": link, "file_name": "a.pdf"}),
        json!({"kind": "audio", "link": link}),
        json!({"kind": "video", "link": link}),
        json!({"kind": "location", "latitude": 51.5, "longitude": -0.1}),
    ]
}

fn bad() -> Vec<Value> {
    let text = json!({"kind": "text", "text": "Hello"});
    let with = |field: &str, value: Value| {
        let mut body = text.clone();
        body[field] = value;
        body
    };
    vec![
        json!([]),
        json!("text"),
        json!({}),
        json!({"kind": "text", "text": ""}),
        json!({"kind": "text", "text": 5}),
        json!({"kind": "text", "text": ["Hello"]}),
        with("reply_to", json!(["3EB0"])),
        with("fallback", json!("visit")),
        with("fallback", json!({"name": "visit"})),
        with("fallback", json!({"content_sid": "HX1", "variables": [1]})),
        json!({"kind": "template", "name": "visit"}),
        json!({"kind": "template", "name": "visit", "language": "en", "variables": "Ada"}),
        json!({"kind": "template", "name": "visit", "language": "en", "buttons": "yes"}),
        json!({"kind": "buttons", "text": "Sure?"}),
        json!({"kind": "buttons", "text": "Sure?", "buttons": []}),
        json!({"kind": "buttons", "text": "Sure?", "buttons": {"id": "y", "title": "Yes"}}),
        json!({"kind": "buttons", "text": "Sure?", "buttons": [{"id": "y"}]}),
        json!({"kind": "list", "text": "When?", "button": "Choose", "sections": []}),
        json!({"kind": "list", "text": "When?", "button": "Choose", "sections": [{"rows": []}]}),
        json!({"kind": "list", "text": "When?", "sections": [{"rows": [{"id": "1", "title": "Thu"}]}]}),
        json!({"kind": "image"}),
        json!({"kind": "image", "link": "file:///etc/passwd"}),
        json!({"kind": "audio", "link": "https://example.test/a.ogg", "text": "A caption"}),
        json!({"kind": "location", "latitude": 91, "longitude": 0}),
        json!({"kind": "location", "latitude": "51.5", "longitude": "0"}),
        json!({"kind": "hologram", "text": "Hello"}),
    ]
}

#[tokio::test]
async fn what_is_well_formed_is_taken_and_sent_and_the_rest_is_refused() -> anyhow::Result<()> {
    let stage = Stage::new().await?;
    for body in bad() {
        let say = Say::reply(1, "").with("body", body.clone());
        let error = sqlx::query("select delivery.enqueue_v1($1, false)")
            .bind(json!([say.0]))
            .execute(&stage.sender)
            .await
            .err();
        let class = error.as_ref().map(postgres::classify);
        assert_eq!(class, Some(postgres::Class::Data), "{body}: {error:?}");
    }
    assert_eq!(stage.count("select count(*) from delivery.message").await?, 0);
    // What the door lets in, the sender can read.
    for body in good() {
        let said: delivery::domain::content::Said = serde_json::from_value(body.clone())?;
        drop(said);
        stage.enqueue(&[Say::reply(1, "").with("body", body)]).await?;
    }
    Ok(())
}

#[tokio::test]
async fn a_row_this_version_cannot_read_is_given_up_and_holds_up_nobody() -> anyhow::Result<()> {
    let stage = Stage::new().await?;
    let ids = stage.enqueue(&[Say::reply(1, "strange"), Say::reply(1, "behind it")]).await?;
    sqlx::query("drop trigger body_is_content on delivery.message").execute(&stage.owner).await?;
    sqlx::query("update delivery.message set body = '{\"kind\": \"hologram\"}' where id = $1")
        .bind(ids[0])
        .execute(&stage.owner)
        .await?;
    let _replica = Replica::start(&stage).await?;
    stage.until_state(ids[1], "sent").await?;
    let dead = stage.message(ids[0]).await?;
    assert_eq!((dead.state.as_str(), dead.attempts), ("dead", 0));
    assert_eq!(dead.reason.unwrap_or_default()["cause"], "unreadable_content");
    Ok(())
}

#[tokio::test]
async fn an_echo_of_numbered_text_is_recognised() -> anyhow::Result<()> {
    use simulators::faults::Trigger;
    use simulators::whatsapp::FaultKind;

    let stage = Stage::new().await?;
    let _replica = Replica::with(&stage, &[("call_timeout", "1s")]).await?;
    stage.sim.fault(FaultKind::EmptyAnswer {}, Trigger::next(1));
    let buttons = json!({"kind": "buttons", "text": "Sure?", "buttons": [{"id": "y", "title": "Yes"}]});
    let id = stage.say(Say::reply(1, "").with("body", buttons)).await?;
    stage.until_state(id, "unknown").await?;
    let taken = stage.until_taken(1).await?.remove(0);
    assert_eq!(taken.text, "Sure?\n\n1. Yes");
    assert!(!stage.echo(&taken.provider_id, 1, "Sure?").await?, "that would be somebody's own words");
    assert!(stage.echo(&taken.provider_id, 1, "Sure?\n\n1. Yes").await?);
    assert_eq!(stage.message(id).await?.state, "sent");
    Ok(())
}
