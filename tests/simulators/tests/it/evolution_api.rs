//! The routes of Evolution, in the shapes the real server uses.

use serde_json::{Value, json};
use simulators::whatsapp::Entry;

use crate::hook::{PATIENCE, Stage, caller};

#[tokio::test]
async fn an_accepted_send_is_answered_with_the_message_object() -> anyhow::Result<()> {
    let stage = Stage::quick().await?;
    let answer = stage.send("Shall we say Thursday 10:00?").await?;
    assert_eq!(answer.status, 201);
    let body: Value = answer.json()?;
    let id = body["key"]["id"].as_str().unwrap_or_default().to_owned();
    assert!(id.starts_with("3EB0"), "{body}");
    assert_eq!(body["key"]["remoteJid"], "447700900123@s.whatsapp.net");
    assert_eq!((&body["key"]["fromMe"], &body["status"]), (&json!(true), &json!("PENDING")));
    assert_eq!(body["message"]["conversation"], "Shall we say Thursday 10:00?");
    assert_eq!((&body["messageType"], &body["source"]), (&json!("conversation"), &json!("web")));
    assert!(body["messageTimestamp"].is_i64());
    let sends = stage.sim.journal().since(0, 10, |entry| entry.word() == "send");
    let [noted] = sends.as_slice() else { anyhow::bail!("{sends:?}") };
    let Entry::Send { id: noted_id, status, fault, .. } = &noted.entry else { anyhow::bail!("{noted:?}") };
    assert_eq!((noted_id, status, fault), (&id, &Some(201), &None));
    Ok(())
}

#[tokio::test]
async fn refusals_come_in_the_order_and_the_words_of_the_real_server() -> anyhow::Result<()> {
    let stage = Stage::quick().await?;
    let wrong_key = caller(&stage.sim, "wrong")?;
    let good = json!({"number": "447700900123", "text": "Hi"});
    // (right key, instance, body, status, what the answer holds)
    let cases = [
        (false, "nobody", good.to_string(), 404, r#"The \"nobody\" instance does not exist"#),
        (true, "nobody", good.to_string(), 404, "does not exist"),
        (false, "demo", good.to_string(), 401, r#""message":"Unauthorized""#),
        (true, "demo", "{".to_owned(), 400, "Unexpected token"),
        (
            true,
            "demo",
            json!({"number": "447700900123"}).to_string(),
            400,
            r#"[["instance requires property \"text\""]]"#,
        ),
        (true, "demo", json!({"text": "Hi"}).to_string(), 400, r#"property \"number\""#),
        (
            true,
            "demo",
            json!({"number": 447700900123_u64, "text": "Hi"}).to_string(),
            400,
            "not of a type(s) string",
        ),
        (true, "demo", json!({"number": "447700900123", "text": " \n"}).to_string(), 400, "Text is required"),
        (true, "demo", json!({"number": "12", "text": "Hi"}).to_string(), 400, r#""exists":false"#),
    ];
    for (right_key, instance, body, status, words) in cases {
        let http = if right_key { &stage.http } else { &wrong_key };
        let answer = http.post(&format!("/message/sendText/{instance}"), body.as_bytes(), PATIENCE).await?;
        let text = String::from_utf8_lossy(&answer.body).into_owned();
        assert_eq!(answer.status, status, "{body}: {text}");
        assert!(text.contains(words), "{body}: {text}");
        assert_eq!(answer.json::<Value>()?["status"], status);
    }
    assert_eq!((stage.sim.totals().sends, stage.sim.totals().refused), (0, 9));
    Ok(())
}

#[tokio::test]
async fn state_and_root_answer_as_the_real_ones() -> anyhow::Result<()> {
    let stage = Stage::quick().await?;
    let state = stage.get("/instance/connectionState/demo").await?;
    assert_eq!(state, json!({"instance": {"instanceName": "demo", "state": "open"}}));
    assert_eq!(stage.get("/").await?["version"], "2.3.7");
    let lost = stage.http.get("/nothing/here", PATIENCE).await?;
    assert_eq!(
        (lost.status, lost.json::<Value>()?["response"]["message"][0].clone()),
        (404, json!("Cannot GET /nothing/here"))
    );
    Ok(())
}

#[tokio::test]
async fn a_lost_answer_can_be_looked_up_by_chat_and_time() -> anyhow::Result<()> {
    let stage = Stage::quick().await?;
    stage.fault(json!({"kind": "reset_after", "count": 1})).await?;
    assert!(stage.send("first").await.is_err());
    stage.send("second").await?;
    stage.hook.lines(8).await?;
    let query = json!({"where": {
        "key": {"remoteJid": "447700900123@s.whatsapp.net", "fromMe": true},
        "messageTimestamp": {"gte": "2020-01-01T00:00:00Z", "lte": "2100-01-01T00:00:00Z"},
    }});
    let found = stage.http.post("/chat/findMessages/demo", query.to_string().as_bytes(), PATIENCE).await?;
    let found: Value = found.json()?;
    assert_eq!(found["messages"]["total"], 2);
    let texts: Vec<&str> = found["messages"]["records"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|record| record["message"]["conversation"].as_str())
        .collect();
    assert_eq!(texts, ["second", "first"]);
    let updates = &found["messages"]["records"][1]["MessageUpdate"];
    assert_eq!(updates, &json!([{"status": "SERVER_ACK"}, {"status": "DELIVERY_ACK"}, {"status": "READ"}]));
    Ok(())
}
