//! Twilio's routes and callbacks: shapes, checks, the window, the list, and how little is tried again.

use serde_json::{Value, json};
use simulators::delay::Delay;
use simulators::whatsapp::{Entry, Limits, SenderSpec, TemplateSpec, WhatsAppOptions};

use crate::hook::PATIENCE;
use crate::post::{ACCOUNT, CUSTOMER, Desk, PostBox, SENDER, TOKEN, caller};

const TO: (&str, &str) = ("To", "whatsapp:+447700900123");
const FROM: (&str, &str) = ("From", "whatsapp:+447700900300");

#[tokio::test]
async fn an_accepted_send_is_answered_with_the_resource_and_called_back() -> anyhow::Result<()> {
    let desk = Desk::quick().await?;
    desk.customer_writes(SENDER, "Hi").await?;
    let answer = desk.twilio_text("Shall we say Thursday 10:00?").await?;
    assert_eq!(answer.status, 201);
    let body: Value = answer.json()?;
    let sid = body["sid"].as_str().unwrap_or_default().to_owned();
    assert!(sid.starts_with("SM") && sid.len() == 34, "{body}");
    assert_eq!((&body["status"], &body["direction"]), (&json!("queued"), &json!("outbound-api")));
    assert_eq!((&body["num_segments"], &body["error_code"]), (&json!("1"), &Value::Null));
    assert_eq!(desk.receipts(0, 3).await?, ["sent", "delivered", "read"]);
    let arrived = desk.post.wait(4).await?;
    for (callback, word) in arrived.iter().skip(1).zip(["sent", "delivered", "read"]) {
        assert_eq!(callback.path, "/webhooks/twilio/acme/status/1");
        assert_eq!(callback.field("MessageStatus").as_deref(), Some(word));
        assert_eq!(callback.field("MessageSid"), Some(sid.clone()));
        assert_eq!(callback.field("ChannelToAddress").as_deref(), Some("+447700900XXX"));
        assert!(!callback.signature.is_empty() && !callback.idempotency.is_empty());
    }
    assert_eq!(arrived[3].field("EventType").as_deref(), Some("READ"));
    let resource: Value = desk
        .twilio
        .get(&format!("/2010-04-01/Accounts/{ACCOUNT}/Messages/{sid}.json"), PATIENCE)
        .await?
        .json()?;
    assert_eq!(resource["status"], "read");
    Ok(())
}

#[tokio::test]
async fn what_a_customer_writes_arrives_as_a_form() -> anyhow::Result<()> {
    let desk = Desk::quick().await?;
    assert_eq!(desk.customer_writes(SENDER, "Yes & no +1 é").await?, Some(200));
    let form = desk.post.wait(1).await?.remove(0);
    assert_eq!(form.path, "/webhooks/twilio/acme");
    for (name, value) in [
        ("Body", "Yes & no +1 é"),
        ("From", "whatsapp:+447700900123"),
        ("To", "whatsapp:+447700900300"),
        ("WaId", CUSTOMER),
        ("AccountSid", ACCOUNT),
        ("SmsStatus", "received"),
        ("NumMedia", "0"),
    ] {
        assert_eq!(form.field(name).as_deref(), Some(value), "{name}");
    }
    Ok(())
}

#[tokio::test]
async fn refusals_have_twilios_codes() -> anyhow::Result<()> {
    let desk = Desk::quick().await?;
    let stranger = caller(&desk.sim, "Basic QUMwMDp4")?;
    let path = format!("/2010-04-01/Accounts/{ACCOUNT}/Messages.json");
    let refused = stranger.post_as(&path, &[], b"To=x", PATIENCE).await?;
    assert_eq!((refused.status, refused.json::<Value>()?["code"].clone()), (401, json!(20003)));
    let other = ("From", "whatsapp:+447700900999");
    let cases: [(&[(&str, &str)], u64); 5] = [
        (&[TO, ("Body", "Hi")], 21603),
        (&[TO, other, ("Body", "Hi")], 63007),
        (&[FROM, ("Body", "Hi")], 21604),
        (&[FROM, ("To", "whatsapp:+4477"), ("Body", "Hi")], 21211),
        (&[TO, FROM], 21619),
    ];
    for (fields, code) in cases {
        let answer = desk.twilio(fields).await?;
        let body: Value = answer.json()?;
        assert_eq!(
            (answer.status, &body["code"], &body["status"]),
            (400, &json!(code), &json!(400)),
            "{fields:?}"
        );
    }
    assert_eq!((desk.sim.totals().sends, desk.sim.totals().refused), (0, 6));
    Ok(())
}

#[tokio::test]
async fn outside_the_window_only_approved_templates_arrive() -> anyhow::Result<()> {
    let reminder = TemplateSpec::new("reminder", "en", "Hi {{1}}.").with_sid("HX01");
    let desk = Desk::with(WhatsAppOptions::quick().template(reminder)).await?;
    assert_eq!(desk.twilio_text("Hello?").await?.status, 201);
    assert_eq!(desk.receipts(0, 1).await?, ["failed 63016"]);
    let callback = desk.post.wait(1).await?.remove(0);
    assert_eq!(callback.field("MessageStatus").as_deref(), Some("failed"));
    assert_eq!(callback.field("ErrorCode").as_deref(), Some("63016"));

    let since = desk.sim.journal().last_seq();
    let url = desk.post.url("/s");
    let template = |variables: &'static str| {
        [TO, FROM, ("ContentSid", "HX01"), ("ContentVariables", variables), ("StatusCallback", url.as_str())]
    };
    desk.twilio(&template(r#"{"1":"Maya"}"#)).await?;
    assert_eq!(desk.receipts(since, 3).await?, ["sent", "delivered", "read"]);
    let since = desk.sim.journal().last_seq();
    desk.twilio(&template("{}")).await?;
    assert_eq!(desk.receipts(since, 1).await?, ["failed 63028"]);
    Ok(())
}

#[tokio::test]
async fn a_lost_answer_can_be_looked_up() -> anyhow::Result<()> {
    let desk = Desk::quick().await?;
    desk.customer_writes(SENDER, "Hi").await?;
    desk.fault(&json!({"kind": "reset_after", "count": 1})).await?;
    assert!(desk.twilio_text("first").await.is_err());
    desk.twilio_text("second").await?;
    let list = async |query: &str| {
        let path = format!("/2010-04-01/Accounts/{ACCOUNT}/Messages.json?{query}");
        let found: Value = desk.twilio.get(&path, PATIENCE).await?.json()?;
        let bodies = found["messages"].as_array().into_iter().flatten();
        anyhow::Ok(
            bodies.filter_map(|message| message["body"].as_str().map(str::to_owned)).collect::<Vec<_>>(),
        )
    };
    let sent = "To=whatsapp%3A%2B447700900123&From=whatsapp%3A%2B447700900300";
    assert_eq!(list(sent).await?, ["second", "first"]);
    assert_eq!(list(&format!("{sent}&PageSize=1&Page=1")).await?, ["first"]);
    assert_eq!(list(&format!("{sent}&DateSent%3C=2020-01-01")).await?, [""; 0]);
    assert_eq!(list("From=whatsapp%3A%2B447700900123&DateSent%3E=2020-01-01").await?, ["Hi"]);
    Ok(())
}

#[tokio::test]
async fn nothing_is_tried_again_unless_the_address_asks_for_it() -> anyhow::Result<()> {
    let desk = Desk::quick().await?;
    desk.post.refuse(1, 503);
    assert_eq!(desk.customer_writes(SENDER, "Hi").await?, Some(503));
    let lost =
        desk.sim.journal().wait_for(PATIENCE, |entry| matches!(entry, Entry::Lost { attempts: 1, .. })).await;
    assert!(lost.is_some());

    let desk = Desk::at(PostBox::start().await?, WhatsAppOptions::quick(), "#rc=3&rp=all").await?;
    desk.post.refuse(2, 503);
    desk.customer_writes(SENDER, "Hi").await?;
    let arrived = desk.post.wait(3).await?;
    assert!(
        arrived.iter().all(|call| call.idempotency == arrived[0].idempotency),
        "one token for all attempts"
    );
    desk.post.refuse(4, 503);
    desk.customer_writes(SENDER, "Hi").await?;
    let lost =
        desk.sim.journal().wait_for(PATIENCE, |entry| matches!(entry, Entry::Lost { attempts: 4, .. })).await;
    assert!(lost.is_some());
    Ok(())
}

#[tokio::test]
async fn a_plain_answer_is_sent_to_the_customer() -> anyhow::Result<()> {
    let desk = Desk::at(PostBox::saying("OK").await?, WhatsAppOptions::quick(), "").await?;
    desk.customer_writes(SENDER, "Hi").await?;
    let said = |entry: &Entry| matches!(entry, Entry::Send { text, status: None, .. } if text == "OK");
    assert!(desk.sim.journal().wait_for(PATIENCE, said).await.is_some());
    Ok(())
}

#[tokio::test]
async fn a_customer_who_writes_stop_is_written_to_no_more() -> anyhow::Result<()> {
    let desk = Desk::quick().await?;
    for (words, status) in [("Stop", 400), ("start", 201), ("CANCEL VISIT", 201), ("cancel", 400)] {
        desk.customer_writes(SENDER, words).await?;
        let answer = desk.twilio_text("Hello").await?;
        assert_eq!(answer.status, status, "{words}");
        if status == 400 {
            assert_eq!(answer.json::<Value>()?["code"], 21610);
        }
    }
    Ok(())
}

#[tokio::test]
async fn too_many_requests_at_a_time_are_refused() -> anyhow::Result<()> {
    let limits = Limits { concurrent: 1, ..Limits::default() };
    let options = WhatsAppOptions { limits, answer: Delay::millis(400), ..WhatsAppOptions::quick() };
    let desk = Desk::with(options).await?;
    let (one, other) = tokio::join!(desk.twilio_text("one"), desk.twilio_text("other"));
    let mut statuses = [one?.status, other?.status];
    statuses.sort_unstable();
    assert_eq!(statuses, [201, 429]);
    Ok(())
}

#[tokio::test]
async fn through_a_messaging_service_the_queue_is_told_too() -> anyhow::Result<()> {
    let desk = Desk::quick().await?;
    let hook = desk.post.url("/webhooks/twilio/acme");
    let service = "MG00112233445566778899aabbccddeeff";
    desk.sim.add_account(SenderSpec {
        messaging_service_sid: Some(service.to_owned()),
        api_key: Some("SK01:secret".to_owned()),
        ..SenderSpec::new(ACCOUNT, TOKEN, hook)
    })?;
    desk.customer_writes(SENDER, "Hi").await?;
    let url = desk.post.url("/s");
    let fields = [TO, ("MessagingServiceSid", service), ("Body", "Hello"), ("StatusCallback", url.as_str())];
    let answer = desk.twilio(&fields).await?;
    assert_eq!(answer.json::<Value>()?["status"], "accepted");
    assert_eq!(desk.receipts(0, 4).await?, ["queued", "sent", "delivered", "read"]);
    let by_key = caller(&desk.sim, "Basic U0swMTpzZWNyZXQ=")?;
    let account: Value =
        by_key.get(&format!("/2010-04-01/Accounts/{ACCOUNT}.json"), PATIENCE).await?.json()?;
    assert_eq!(account["status"], "active");
    Ok(())
}
