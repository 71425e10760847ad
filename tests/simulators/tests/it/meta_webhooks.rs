//! How Meta tells: in batches, until they are taken, and only to an address that answered its question.

use serde_json::{Value, json};
use simulators::delay::Delay;
use simulators::whatsapp::{Entry, NumberSpec, PhoneMessage, RetryHabits, WhatsAppOptions, WhatsAppSim};

use crate::hook::PATIENCE;
use crate::post::{CUSTOMER, Desk, NUMBER, PostBox, number};

#[tokio::test]
async fn what_happens_to_several_businesses_arrives_in_one_call() -> anyhow::Result<()> {
    let post = PostBox::start().await?;
    let mut other = NumberSpec::new("2", "access", post.url("/webhooks/meta"), "app-secret", "meet-me");
    other.waba_id = "999".to_owned();
    let options = WhatsAppOptions { gather: Delay::millis(300), ..WhatsAppOptions::quick() };
    let sim = WhatsAppSim::start(options.account(number(&post)).account(other)).await?;
    for (instance, phone, text) in
        [(NUMBER, CUSTOMER, "One"), (NUMBER, CUSTOMER, "more é/"), ("2", "447700900145", "Good morning")]
    {
        let message = PhoneMessage { instance: Some(instance.to_owned()), ..PhoneMessage::text(text) };
        sim.customer_writes(phone, message)?;
    }
    let arrived = post.wait(1).await?.remove(0);
    assert!(String::from_utf8_lossy(&arrived.body).contains(r"more \u00e9\/"));
    let body = arrived.json();
    assert_eq!(body["entry"].as_array().map(Vec::len), Some(2));
    let value = &body["entry"][0]["changes"][0]["value"];
    assert_eq!(value["metadata"]["phone_number_id"], NUMBER);
    assert_eq!(
        (value["messages"].as_array().map(Vec::len), value["contacts"].as_array().map(Vec::len)),
        (Some(2), Some(1))
    );
    assert_eq!(body["entry"][1]["id"], "999");
    let calls = sim.journal().wait_for(PATIENCE, |entry| entry.word() == "webhook").await;
    assert!(calls.is_some());
    let calls: Vec<_> = sim
        .journal()
        .since(0, 9, |entry| entry.word() == "webhook")
        .into_iter()
        .map(|noted| match noted.entry {
            Entry::Webhook { call, event, .. } => (call, event.into_owned()),
            _ => (None, String::new()),
        })
        .collect();
    assert_eq!(calls, vec![(Some(1), "messages".to_owned()); 3]);
    assert_eq!(sim.totals().webhook_calls, 1);
    Ok(())
}

#[tokio::test]
async fn what_is_not_taken_comes_again_unchanged_whatever_the_refusal() -> anyhow::Result<()> {
    let desk = Desk::with(WhatsAppOptions {
        webhook: RetryHabits { factor: 0.001, ..RetryHabits::default() },
        ..WhatsAppOptions::quick()
    })
    .await?;
    // 204 is not 200.
    for status in [503, 401, 400, 204] {
        let before = desk.post.arrived.last_seq();
        desk.post.refuse(2, status);
        let first = desk.customer_writes(NUMBER, "Hi").await?;
        assert_eq!(first.map(u64::from), Some(status));
        let arrived = desk.post.wait(before + 3).await?;
        let [.., a, b, c] = arrived.as_slice() else { anyhow::bail!("{arrived:?}") };
        assert!(a.body == b.body && b.body == c.body && a.signature == c.signature, "{status}");
        assert!(a.signature.starts_with("sha256="));
    }
    let taken = |entry: &Entry| matches!(entry, Entry::Webhook { attempt: 3, status: Some(200), .. });
    assert!(desk.sim.journal().wait_for(PATIENCE, taken).await.is_some());
    assert_eq!(desk.sim.totals().webhook_lost, 0);
    Ok(())
}

#[tokio::test]
async fn a_webhook_is_asked_whether_it_is_the_businesss_own() -> anyhow::Result<()> {
    let desk = Desk::quick().await?;
    assert!(desk.sim.handshake(NUMBER).await?);
    let wrong = NumberSpec::new("2", "access", desk.post.url("/webhooks/meta"), "app-secret", "somebody");
    desk.sim.add_account(wrong)?;
    assert!(!desk.sim.handshake("2").await?);
    let answer = desk.meta.post("/sim/instances/2/handshake", b"", PATIENCE).await?;
    assert_eq!(answer.json::<Value>()?, json!({"status": 403, "verified": false}));
    assert!(desk.sim.handshake("3").await.is_err());
    let asked = desk.sim.journal().since(0, 9, |entry| entry.word() == "handshake");
    assert_eq!(asked.len(), 3);
    Ok(())
}

#[tokio::test]
async fn staff_in_the_business_app_and_taps_have_their_shapes() -> anyhow::Result<()> {
    let desk = Desk::quick().await?;
    let write = |body: Value| serde_json::from_value::<PhoneMessage>(body);
    desk.sim.staff_writes(CUSTOMER, write(json!({"instance": NUMBER, "text": "See you!"}))?)?;
    let echo = desk.post.wait(1).await?[0].json()["entry"][0]["changes"][0].clone();
    assert_eq!(echo["field"], "smb_message_echoes");
    assert_eq!(echo["value"]["message_echoes"][0]["to"], CUSTOMER);
    let tap =
        json!({"instance": NUMBER, "text": "Thu 10:00", "tap": {"id": "slot:1"}, "reply_to": "wamid.x"});
    desk.sim.customer_writes(CUSTOMER, write(tap)?)?;
    let tapped = desk.post.wait(2).await?[1].json()["entry"][0]["changes"][0]["value"]["messages"][0].clone();
    assert_eq!(tapped["interactive"]["button_reply"], json!({"id": "slot:1", "title": "Thu 10:00"}));
    assert_eq!(tapped["context"]["id"], "wamid.x");
    Ok(())
}
