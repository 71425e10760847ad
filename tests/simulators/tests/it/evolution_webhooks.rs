//! What the product is told, how, and how stubbornly.

use std::time::Duration;

use serde_json::{Value, json};
use simulators::whatsapp::{Entry, PhoneMessage, RetryHabits, WhatsAppOptions};

use crate::hook::{PATIENCE, Stage};

#[tokio::test]
async fn a_send_is_followed_by_its_echo_and_its_receipts() -> anyhow::Result<()> {
    let stage = Stage::quick().await?;
    let sent: Value = stage.send("Hello").await?.json()?;
    assert_eq!(stage.hook.lines(4).await?, ["send.message", "SERVER_ACK", "DELIVERY_ACK", "READ"]);
    let told = stage.hook.told.all();
    for noted in &told {
        assert_eq!(noted.entry.authorization.as_deref(), Some("Bearer hook-token"));
        let body = &noted.entry.body;
        assert_eq!((&body["instance"], &body["apikey"]), (&json!("demo"), &json!("key")));
        assert_eq!(body["sender"], "447700900100@s.whatsapp.net");
        assert_eq!(body["destination"], stage.hook.url());
        assert!(body["date_time"].as_str().is_some_and(|time| time.ends_with('Z')));
    }
    let echo = &told[0].entry.body["data"];
    assert_eq!(echo, &sent);
    let read = &told[3].entry.body["data"];
    assert_eq!(read["keyId"], sent["key"]["id"]);
    assert_ne!(read["messageId"], sent["key"]["id"]);
    assert_eq!((&read["fromMe"], &read["remoteJid"]), (&json!(true), &json!("447700900123@s.whatsapp.net")));
    let receipts = stage
        .sim
        .journal()
        .wait_since(
            0,
            9,
            PATIENCE,
            |entry| matches!(entry, Entry::Receipt { receipt, .. } if receipt.word() == "read"),
        )
        .await;
    assert_eq!(receipts.len(), 1);
    Ok(())
}

#[tokio::test]
async fn what_a_customer_writes_arrives_as_an_upsert() -> anyhow::Result<()> {
    let stage = Stage::quick().await?;
    let body = json!({"text": "Hi, I need an appointment", "name": "Maya"});
    let answer = stage
        .http
        .post("/sim/customers/447700900123/messages", body.to_string().as_bytes(), PATIENCE)
        .await?;
    assert_eq!(answer.status, 201);
    let id = answer.json::<Value>()?["id"].clone();
    stage.hook.lines(1).await?;
    let upsert = stage.hook.bodies("messages.upsert").remove(0);
    let data = &upsert["data"];
    assert_eq!((&data["key"]["id"], &data["key"]["fromMe"]), (&id, &json!(false)));
    assert_eq!(data["key"]["remoteJid"], "447700900123@s.whatsapp.net");
    assert_eq!((&data["pushName"], &data["message"]["conversation"]), (&json!("Maya"), &body["text"]));
    assert!(data["message"]["messageContextInfo"]["messageSecret"].is_string());
    Ok(())
}

#[tokio::test]
async fn redeliveries_strangers_and_staff_have_their_own_shapes() -> anyhow::Result<()> {
    let stage = Stage::quick().await?;
    let twice = PhoneMessage { id: Some("3AFF".to_owned()), copies: Some(3), ..PhoneMessage::text("Hi") };
    stage.sim.customer_writes("447700900123", twice)?;
    stage.hook.lines(3).await?;
    let ids = stage.hook.bodies("messages.upsert");
    assert!(ids.iter().all(|body| body["data"]["key"]["id"] == "3AFF"), "{ids:?}");
    let lid = PhoneMessage { lid_only: true, ..PhoneMessage::text("I saw your advert") };
    assert_eq!(stage.sim.customer_writes_and_waits("77120055431908", lid).await?, Some(200));
    stage.sim.staff_writes("447700900123", PhoneMessage::text("See you Thursday!"))?;
    stage.hook.lines(5).await?;
    let bodies = stage.hook.bodies("messages.upsert");
    assert_eq!(bodies[3]["data"]["key"]["remoteJid"], "77120055431908@lid");
    assert_eq!(bodies[4]["data"]["key"]["fromMe"], true);
    for (phone, message, problem) in [
        ("12", PhoneMessage::text("Hi"), "no phone number"),
        ("447700900123", PhoneMessage::text(""), "`text`"),
        (
            "447700900123",
            PhoneMessage { instance: Some("x".to_owned()), ..PhoneMessage::text("Hi") },
            "there are: demo",
        ),
    ] {
        let error = stage.sim.customer_writes(phone, message).unwrap_err().to_string();
        assert!(error.contains(problem), "{error}");
    }
    Ok(())
}

#[tokio::test]
async fn a_webhook_that_is_busy_is_tried_again_and_overtaken() -> anyhow::Result<()> {
    let slow_retry = RetryHabits { factor: 0.02, ..RetryHabits::default() };
    let stage = Stage::with(WhatsAppOptions { webhook: slow_retry, ..WhatsAppOptions::quick() }).await?;
    stage.hook.refuse(1, 503);
    stage.send("Hello").await?;
    assert_eq!(stage.hook.lines(4).await?, ["SERVER_ACK", "DELIVERY_ACK", "READ", "send.message"]);
    let totals = stage.sim.totals();
    assert_eq!((totals.webhook_calls, totals.webhook_retries, totals.webhook_lost), (5, 1, 0));
    Ok(())
}

#[tokio::test]
async fn an_event_refused_for_good_is_lost_and_noted() -> anyhow::Result<()> {
    let stage = Stage::quick().await?;
    for status in [400, 401, 403, 404, 422] {
        stage.hook.refuse(1, status);
        let before = stage.sim.journal().last_seq();
        let answered = stage.sim.customer_writes_and_waits("447700900123", PhoneMessage::text("Hi")).await?;
        assert_eq!(answered.map(u64::from), Some(status));
        let lost =
            stage.sim.journal().since(before, 9, |entry| matches!(entry, Entry::Lost { attempts: 1, .. }));
        assert_eq!(lost.len(), 1, "{status}");
    }
    Ok(())
}

#[tokio::test]
async fn an_event_nobody_takes_is_given_up_after_ten_attempts() -> anyhow::Result<()> {
    let webhook = RetryHabits { factor: 0.000_1, ..RetryHabits::default() };
    let stage = Stage::with(WhatsAppOptions { webhook, ..WhatsAppOptions::quick() }).await?;
    stage.hook.refuse(10, 500);
    stage.sim.customer_writes("447700900123", PhoneMessage::text("Hi"))?;
    let lost = stage
        .sim
        .journal()
        .wait_for(PATIENCE, |entry| matches!(entry, Entry::Lost { attempts: 10, .. }))
        .await;
    assert!(lost.is_some(), "{:?}", stage.sim.journal().all());
    Ok(())
}

#[tokio::test]
async fn the_journal_is_read_over_http_and_waited_on() -> anyhow::Result<()> {
    let stage = Stage::quick().await?;
    let waiting = stage.http.get("/sim/journal?what=send&wait_ms=15000&number=447700900123", PATIENCE);
    let (lines, sent) = tokio::join!(waiting, stage.send("Hello"));
    assert_eq!(sent?.status, 201);
    let line: Value = serde_json::from_slice(&lines?.body)?;
    assert_eq!((&line["what"], &line["text"]), (&json!("send"), &json!("Hello")));
    stage.hook.lines(4).await?;
    let after = line["seq"].as_u64().unwrap_or_default();
    let array = stage.get(&format!("/sim/journal?since={after}&format=array&limit=2&what=webhook")).await?;
    assert_eq!(array.as_array().map(Vec::len), Some(2));
    assert!(array[0]["took_us"].is_u64() && array[0]["seq"].as_u64() > Some(after));
    let nothing = stage.http.get("/sim/journal?number=1", Duration::from_secs(5)).await?;
    assert!(nothing.body.is_empty());
    assert_eq!(stage.get("/sim/counts").await?["sends"], 1);
    assert_eq!(stage.http.get("/sim/journal?since=x", PATIENCE).await?.status, 400);
    Ok(())
}

#[tokio::test]
async fn counting_only_keeps_the_totals_and_nothing_else() -> anyhow::Result<()> {
    let stage = Stage::with(WhatsAppOptions { journal: 0, ..WhatsAppOptions::quick() }).await?;
    stage.send("Hello").await?;
    stage.hook.lines(4).await?;
    assert!(stage.sim.journal().all().is_empty());
    assert_eq!((stage.sim.totals().sends, stage.sim.totals().receipts_delivered), (1, 1));
    Ok(())
}

#[tokio::test]
async fn instances_are_added_while_it_runs() -> anyhow::Result<()> {
    let stage = Stage::quick().await?;
    let spec = json!({"name": "second", "apikey": "other", "webhook_url": stage.hook.url()});
    let added = stage.http.post("/sim/instances", spec.to_string().as_bytes(), PATIENCE).await?;
    assert_eq!(added.status, 204);
    let list = stage.get("/sim/instances").await?;
    assert_eq!((&list[1]["name"], &list[1]["state"]), (&json!("second"), &json!("open")));
    assert!(!list.to_string().contains("other"), "keys are not shown: {list}");
    for (body, problem) in [
        (json!({"name": "x", "apikey": "y", "webhook_url": "https://z"}), "webhook_url"),
        (json!({"name": "x"}), "apikey"),
    ] {
        let refused = stage.http.post("/sim/instances", body.to_string().as_bytes(), PATIENCE).await?;
        assert_eq!(refused.status, 400);
        assert!(String::from_utf8_lossy(&refused.body).contains(problem));
    }
    Ok(())
}
