//! Every kind of trouble: what the caller sees, and what is true.

use std::time::{Duration, Instant};

use serde_json::{Value, json};
use simulators::faults::Trigger;
use simulators::http::CallError;
use simulators::whatsapp::{Entry, Fault, FaultKind};

use crate::hook::{PATIENCE, Stage};

/// What the caller sees.
#[derive(Debug, PartialEq)]
enum Seen {
    Status(u16),
    Broken,
    Timeout,
}

async fn send(stage: &Stage, patience: Duration) -> Result<Seen, CallError> {
    let body = json!({"number": "447700900123", "text": "Hello"}).to_string();
    match stage.http.post("/message/sendText/demo", body.as_bytes(), patience).await {
        Ok(answer) => Ok(Seen::Status(answer.status)),
        Err(CallError::Broken(_)) => Ok(Seen::Broken),
        Err(CallError::Timeout(_)) => Ok(Seen::Timeout),
        Err(error) => Err(error),
    }
}

#[tokio::test]
async fn what_the_caller_sees_and_what_is_true_differ_as_announced() -> anyhow::Result<()> {
    let cases = [
        (json!({"kind": "timeout_before"}), Seen::Timeout, false),
        (json!({"kind": "timeout_during", "accept_after_ms": 900}), Seen::Timeout, true),
        (json!({"kind": "timeout_after"}), Seen::Timeout, true),
        (json!({"kind": "reset_before"}), Seen::Broken, false),
        (json!({"kind": "reset_after"}), Seen::Broken, true),
        (json!({"kind": "half_answer"}), Seen::Broken, true),
        (json!({"kind": "slow_drip", "pause_ms": 40}), Seen::Timeout, true),
        (json!({"kind": "slow_drip", "pause_ms": 0}), Seen::Status(201), true),
        (json!({"kind": "rate_limited", "retry_after_s": 7}), Seen::Status(429), false),
        (json!({"kind": "error_before"}), Seen::Status(500), false),
        (json!({"kind": "error_after", "status": 502}), Seen::Status(502), true),
        (json!({"kind": "empty_answer"}), Seen::Status(201), true),
        (json!({"kind": "licence_required"}), Seen::Status(503), false),
        (json!({"kind": "connection_closed"}), Seen::Status(400), false),
        (json!({"kind": "not_loaded"}), Seen::Status(500), false),
        (json!({"kind": "not_on_whatsapp"}), Seen::Status(400), false),
        (json!({"kind": "auth"}), Seen::Status(401), false),
    ];
    let stage = Stage::quick().await?;
    for (mut fault, expected, accepted) in cases {
        let before = stage.sim.journal().last_seq();
        fault["count"] = json!(1);
        stage.fault(fault.clone()).await?;
        // Only a silence is waited for with a short patience: everything else may take a busy machine's time.
        let patience = if expected == Seen::Timeout { Duration::from_millis(500) } else { PATIENCE };
        assert_eq!(send(&stage, patience).await?, expected, "{fault}");
        let noted = stage
            .sim
            .journal()
            .wait_since(before, 1, PATIENCE, |entry| {
                matches!(entry, Entry::Send { .. } | Entry::Refused { .. })
            })
            .await;
        let truth = noted.first().map(|noted| noted.entry.word());
        assert_eq!(truth, Some(if accepted { "send" } else { "refused" }), "{fault}");
    }
    assert_eq!(send(&stage, PATIENCE).await?, Seen::Status(201));
    Ok(())
}

#[tokio::test]
async fn an_accepted_send_is_noted_with_the_fault_and_what_was_answered() -> anyhow::Result<()> {
    let stage = Stage::quick().await?;
    stage.fault(json!({"kind": "half_answer", "count": 1})).await?;
    send(&stage, PATIENCE).await?;
    let sends = stage.sim.journal().since(0, 9, |entry| entry.word() == "send");
    let Some(Entry::Send { status: None, fault: Some(fault), .. }) = sends.first().map(|noted| &noted.entry)
    else {
        anyhow::bail!("{sends:?}");
    };
    assert_eq!(fault, "half_answer");
    assert_eq!(stage.hook.lines(4).await?.last().map(String::as_str), Some("READ"), "the receipts settle it");
    Ok(())
}

#[tokio::test]
async fn a_rate_limit_carries_its_hint_or_none() -> anyhow::Result<()> {
    let stage = Stage::quick().await?;
    stage.fault(json!({"kind": "rate_limited", "count": 1})).await?;
    let refused = stage.send("Hello").await?;
    assert_eq!((refused.status, refused.json::<Value>().is_err()), (429, true), "a proxy's page, no JSON");
    Ok(())
}

#[tokio::test]
async fn receipts_are_doubled_reordered_failed_or_missing() -> anyhow::Result<()> {
    let cases: [(Value, &[&str]); 5] = [
        (
            json!({"kind": "receipts_duplicate"}),
            &["send.message", "SERVER_ACK", "SERVER_ACK", "DELIVERY_ACK", "DELIVERY_ACK", "READ", "READ"],
        ),
        (json!({"kind": "receipts_reordered"}), &["send.message", "READ", "DELIVERY_ACK", "SERVER_ACK"]),
        (json!({"kind": "receipts_failed"}), &["send.message", "ERROR"]),
        (
            json!({"kind": "receipts_missing", "only": ["SERVER_ACK", "READ"]}),
            &["send.message", "DELIVERY_ACK"],
        ),
        (json!({"kind": "echo_missing"}), &["SERVER_ACK", "DELIVERY_ACK", "READ"]),
    ];
    for (fault, expected) in cases {
        let stage = Stage::quick().await?;
        stage.fault(fault.clone()).await?;
        stage.send("Hello").await?;
        assert_eq!(stage.hook.lines(u64::try_from(expected.len())?).await?, expected, "{fault}");
    }
    Ok(())
}

#[tokio::test]
async fn early_receipts_come_before_the_answer() -> anyhow::Result<()> {
    let stage = Stage::quick().await?;
    stage.fault(json!({"kind": "receipts_early", "number": "447700900123"})).await?;
    stage.send("Hello").await?;
    assert_eq!(stage.hook.told.last_seq(), 4);
    Ok(())
}

#[tokio::test]
async fn late_receipts_take_their_time() -> anyhow::Result<()> {
    let stage = Stage::quick().await?;
    stage.sim.fault(FaultKind::ReceiptsLate { by_ms: 150 }, Trigger::next(1));
    let started = Instant::now();
    stage.send("Hello").await?;
    stage.hook.lines(4).await?;
    assert!(started.elapsed() >= Duration::from_millis(450), "{:?}", started.elapsed());
    Ok(())
}

#[tokio::test]
async fn a_fault_keeps_to_its_instance_and_its_customer() -> anyhow::Result<()> {
    let stage = Stage::quick().await?;
    stage.sim.fault(Fault::from(FaultKind::Auth {}).on_instance("other"), Trigger::ALWAYS);
    stage.sim.fault(Fault::from(FaultKind::Auth {}).for_number("447700900999"), Trigger::ALWAYS);
    assert_eq!(stage.send("Hello").await?.status, 201);
    let other = json!({"number": "447700900999", "text": "Hello"});
    assert_eq!(stage.send_body(&other).await?.status, 401);
    assert_eq!(stage.sim.faults()[1].hits, 1);
    let gone = stage.http.delete("/sim/faults/2", PATIENCE).await?;
    assert_eq!(gone.status, 204);
    assert_eq!(stage.http.delete("/sim/faults/2", PATIENCE).await?.status, 404);
    assert_eq!(stage.send_body(&other).await?.status, 201);
    Ok(())
}

#[tokio::test]
async fn a_session_ends_with_three_events_and_opens_again() -> anyhow::Result<()> {
    let stage = Stage::quick().await?;
    stage.fault(json!({"kind": "logged_out"})).await?;
    assert_eq!(stage.hook.lines(3).await?, ["connection.update", "status.instance", "logout.instance"]);
    let close = stage.hook.bodies("connection.update").remove(0);
    assert_eq!(close["data"], json!({"instance": "demo", "state": "close", "statusReason": 401}));
    assert_eq!(stage.hook.bodies("logout.instance")[0]["data"], Value::Null);
    assert_eq!(stage.get("/instance/connectionState/demo").await?["instance"]["state"], "close");
    assert_eq!(stage.send("Hello").await?.status, 401);
    stage.http.delete("/sim/faults", PATIENCE).await?;
    stage.hook.lines(4).await?;
    let open = stage.hook.bodies("connection.update").remove(1);
    assert_eq!(
        (&open["data"]["state"], &open["data"]["wuid"]),
        (&json!("open"), &json!("447700900100@s.whatsapp.net"))
    );
    assert_eq!(stage.send("Hello").await?.status, 201);
    Ok(())
}

#[tokio::test]
async fn a_socket_that_flaps_says_connecting_then_open() -> anyhow::Result<()> {
    let stage = Stage::quick().await?;
    stage.fault(json!({"kind": "reconnecting", "instance": "demo"})).await?;
    let refused = stage.send("Hello").await?;
    assert!(
        refused.status == 400 && String::from_utf8_lossy(&refused.body).contains("Error: Connection Closed")
    );
    stage.hook.lines(1).await?;
    stage.sim.forgive_all();
    stage.hook.lines(2).await?;
    let states: Vec<Value> = stage
        .hook
        .bodies("connection.update")
        .into_iter()
        .map(|body| body["data"]["state"].clone())
        .collect();
    assert_eq!(states, ["connecting", "open"]);
    Ok(())
}

#[tokio::test]
async fn a_lost_webhook_is_called_never_and_its_message_is_in_the_list() -> anyhow::Result<()> {
    let stage = Stage::quick().await?;
    stage.fault(json!({"kind": "webhooks_lost", "count": 1})).await?;
    let write = async |text: &str| {
        let body = json!({"text": text}).to_string();
        stage.http.post("/sim/customers/447700900123/messages", body.as_bytes(), PATIENCE).await
    };
    let lost = write("lost").await?.json::<Value>()?["id"].clone();
    write("told").await?;
    stage.hook.lines(1).await?;
    assert_eq!(stage.hook.bodies("messages.upsert")[0]["data"]["message"]["conversation"], "told");
    let entries = stage.sim.journal().all();
    assert!(entries.iter().any(|noted| matches!(&noted.entry, Entry::Lost { id, .. } if lost == json!(id))));
    let listed: Value = stage.http.post("/chat/findMessages/demo", b"{}", PATIENCE).await?.json()?;
    assert_eq!(listed["messages"]["total"], 2);
    Ok(())
}

#[tokio::test]
async fn a_fault_that_cannot_be_read_is_refused_with_the_reason() -> anyhow::Result<()> {
    let stage = Stage::quick().await?;
    let refused = stage.http.post("/sim/faults", br#"{"kind":"reset_after","cuont":1}"#, PATIENCE).await?;
    assert_eq!(refused.status, 400);
    assert!(String::from_utf8_lossy(&refused.body).contains("cuont"));
    Ok(())
}
