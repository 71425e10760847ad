//! Meta's routes: shapes, checks, limits, templates and the window.

use serde_json::{Value, json};
use simulators::whatsapp::{Entry, Limits, TemplateSpec, TemplateStatus, WhatsAppOptions};

use crate::hook::PATIENCE;
use crate::post::{CUSTOMER, Desk, NUMBER, caller, with_product};

fn code(body: &Value) -> u64 {
    body["error"]["code"].as_u64().unwrap_or_default()
}

#[tokio::test]
async fn an_accepted_send_is_answered_with_its_id_and_followed_by_its_statuses() -> anyhow::Result<()> {
    let desk = Desk::quick().await?;
    desk.customer_writes(NUMBER, "Hi").await?;
    let answer = desk.meta_text("Shall we say Thursday 10:00?").await?;
    assert_eq!(answer.status, 200);
    let body: Value = answer.json()?;
    let id = body["messages"][0]["id"].as_str().unwrap_or_default().to_owned();
    assert!(id.starts_with("wamid."), "{body}");
    assert_eq!(body["contacts"], json!([{"input": CUSTOMER, "wa_id": CUSTOMER}]));
    assert_eq!(desk.receipts(0, 3).await?, ["sent", "delivered", "read"]);
    let statuses: Vec<Value> = desk
        .post
        .wait(4)
        .await?
        .iter()
        .skip(1)
        .map(|arrived| arrived.json()["entry"][0]["changes"][0]["value"]["statuses"][0].clone())
        .collect();
    for (status, word) in statuses.iter().zip(["sent", "delivered", "read"]) {
        assert_eq!((&status["id"], &status["status"]), (&json!(id), &json!(word)));
        assert_eq!(status["biz_opaque_callback_data"], "fd:1");
        assert_eq!(status["recipient_id"], CUSTOMER);
        assert!(status["timestamp"].is_string(), "{status}");
    }
    assert_eq!(statuses[0]["pricing"]["category"], "service");
    assert!(statuses[2].get("pricing").is_none());
    let sends = desk.sim.journal().since(0, 9, |entry| entry.word() == "send");
    let Some(Entry::Send { client_ref, status, .. }) = sends.first().map(|noted| &noted.entry) else {
        anyhow::bail!("{sends:?}");
    };
    assert_eq!((client_ref.as_deref(), *status), (Some("fd:1"), Some(200)));
    Ok(())
}

#[tokio::test]
async fn refusals_have_metas_codes() -> anyhow::Result<()> {
    let desk = Desk::quick().await?;
    let stranger = caller(&desk.sim, "Bearer other")?;
    let text = json!({"to": CUSTOMER, "text": {"body": "Hi"}});
    // (right token, number, body, status, code)
    let cases = [
        (true, "7", text.clone(), 400, 100),
        (false, NUMBER, text.clone(), 401, 190),
        (true, NUMBER, json!({"messaging_product": "sms"}), 400, 100),
        (true, NUMBER, json!({"to": "12", "text": {"body": "Hi"}}), 400, 131009),
        (true, NUMBER, json!({"to": "447700900200", "text": {"body": "Hi"}}), 400, 131021),
        (true, NUMBER, json!({"to": CUSTOMER, "text": {"body": "x".repeat(4097)}}), 400, 100),
    ];
    for (right, number, body, status, expected) in cases {
        let http = if right { &desk.meta } else { &stranger };
        let body = with_product(&body).to_string();
        let answer = http.post(&format!("/v23.0/{number}/messages"), body.as_bytes(), PATIENCE).await?;
        let said: Value = answer.json()?;
        assert_eq!((answer.status, code(&said)), (status, expected), "{body}: {said}");
        assert!(said["error"]["fbtrace_id"].is_string() && said["error"]["type"].is_string());
    }
    assert_eq!((desk.sim.totals().sends, desk.sim.totals().refused), (0, 6));
    Ok(())
}

#[tokio::test]
async fn outside_the_window_only_templates_arrive() -> anyhow::Result<()> {
    let reminder = TemplateSpec::new("reminder", "en", "Hi {{1}}, see you at {{2}}.");
    let desk = Desk::with(WhatsAppOptions::quick().template(reminder)).await?;
    // Accepted, and refused later: so the real one does it.
    assert_eq!(desk.meta_text("Hello?").await?.status, 200);
    assert_eq!(desk.receipts(0, 1).await?, ["failed 131047"]);
    let failed = desk.post.wait(1).await?[0].json();
    let value = &failed["entry"][0]["changes"][0]["value"];
    assert_eq!(value["statuses"][0]["errors"][0]["code"], 131047);
    assert!(value.get("contacts").is_none(), "{value}");

    let since = desk.sim.journal().last_seq();
    let text = |text: &str| json!({"type": "text", "text": text});
    let template = json!({"to": CUSTOMER, "type": "template", "template": {
        "name": "reminder", "language": {"code": "en"},
        "components": [{"type": "body", "parameters": [text("Maya"), text("10:00")]}]}});
    let answer = desk.meta(&template).await?;
    assert_eq!(answer.json::<Value>()?["messages"][0]["message_status"], "accepted");
    assert_eq!(desk.receipts(since, 3).await?, ["sent", "delivered", "read"]);
    let sends = desk.sim.journal().since(since, 1, |entry| entry.word() == "send");
    let Some(Entry::Send { text, template, .. }) = sends.first().map(|noted| &noted.entry) else {
        anyhow::bail!("{sends:?}");
    };
    assert_eq!((text.as_str(), template.as_deref()), ("Hi Maya, see you at 10:00.", Some("reminder")));

    desk.customer_writes(NUMBER, "Hi").await?;
    let since = desk.sim.journal().last_seq();
    desk.meta_text("Hello!").await?;
    assert_eq!(desk.receipts(since, 3).await?, ["sent", "delivered", "read"]);
    desk.fault(&json!({"kind": "window_closed", "count": 1})).await?;
    let since = desk.sim.journal().last_seq();
    desk.meta_text("Hello!").await?;
    assert_eq!(desk.receipts(since, 1).await?, ["failed 131047"]);
    Ok(())
}

#[tokio::test]
async fn templates_are_checked_when_they_are_sent() -> anyhow::Result<()> {
    let mut paused = TemplateSpec::new("tired", "en", "Hi");
    paused.status = TemplateStatus::Paused;
    let desk = Desk::with(WhatsAppOptions::quick().template(paused)).await?;
    let ask = |name: &str, language: &str, parameters: Value| {
        json!({"to": CUSTOMER, "type": "template", "template": {"name": name, "language": {"code": language},
            "components": [{"type": "body", "parameters": parameters}]}})
    };
    for (body, status, expected) in [
        (ask("hello_world", "de", json!([])), 404, 132001),
        (ask("hello_world", "en_US", json!([{"type": "text", "text": "Maya"}])), 400, 132000),
        (ask("tired", "en", json!([])), 400, 132015),
    ] {
        let answer = desk.meta(&body).await?;
        assert_eq!((answer.status, code(&answer.json()?)), (status, expected), "{body}");
    }
    let templates: Value =
        desk.meta.get("/v23.0/204060801030507/message_templates?name=hello_world", PATIENCE).await?.json()?;
    assert_eq!(templates["data"][0]["status"], "APPROVED");
    Ok(())
}

#[tokio::test]
async fn too_much_is_refused_by_number_and_by_pair() -> anyhow::Result<()> {
    let limits = Limits { per_second: 4, pair_burst: 2, ..Limits::default() };
    let desk = Desk::with(WhatsAppOptions { limits, ..WhatsAppOptions::quick() }).await?;
    let send = async |to: &str| {
        let answer = desk.meta(&json!({"to": to, "text": {"body": "Hi"}})).await?;
        anyhow::Ok((answer.status, code(&answer.json()?)))
    };
    assert_eq!(send(CUSTOMER).await?, (200, 0));
    assert_eq!(send(CUSTOMER).await?, (200, 0));
    assert_eq!(send(CUSTOMER).await?, (429, 131056));
    let mut refused = (200, 0);
    for customer in 0..40 {
        refused = send(&format!("4477009001{customer:02}")).await?;
        if refused.0 != 200 {
            break;
        }
    }
    assert_eq!(refused, (429, 130429));
    Ok(())
}

#[tokio::test]
async fn a_customer_without_a_number_is_reached_by_the_user_id() -> anyhow::Result<()> {
    let desk = Desk::quick().await?;
    let message = serde_json::from_value(json!({"instance": NUMBER, "text": "Hi", "lid_only": true}))?;
    desk.sim.customer_writes_and_waits(CUSTOMER, message).await?;
    let told = desk.post.wait(1).await?[0].json()["entry"][0]["changes"][0]["value"].clone();
    assert!(told["messages"][0].get("from").is_none() && told["contacts"][0].get("wa_id").is_none());
    let user_id = told["messages"][0]["from_user_id"].as_str().unwrap_or_default().to_owned();
    let answer = desk.meta(&json!({"recipient": user_id, "text": {"body": "Hello"}})).await?;
    assert_eq!(answer.json::<Value>()?["contacts"][0], json!({"input": user_id, "user_id": user_id}));
    assert_eq!(desk.receipts(0, 3).await?, ["sent", "delivered", "read"]);
    let status = desk.post.wait(2).await?[1].json()["entry"][0]["changes"][0]["value"]["statuses"][0].clone();
    assert_eq!((&status["recipient_user_id"], status.get("recipient_id")), (&json!(user_id), None));
    Ok(())
}

#[tokio::test]
async fn a_number_tells_about_itself_to_those_who_may_know() -> anyhow::Result<()> {
    let desk = Desk::quick().await?;
    let node: Value =
        desk.meta.get(&format!("/v23.0/{NUMBER}?fields=quality_rating,id"), PATIENCE).await?.json()?;
    assert_eq!(node, json!({"quality_rating": "GREEN", "id": NUMBER}));
    let refused = caller(&desk.sim, "Bearer other")?.get(&format!("/v23.0/{NUMBER}"), PATIENCE).await?;
    assert_eq!((refused.status, code(&refused.json()?)), (401, 190));
    let read = desk.meta(&json!({"status": "read", "message_id": "wamid.x"})).await?;
    assert_eq!(read.json::<Value>()?, json!({"success": true}));
    Ok(())
}
