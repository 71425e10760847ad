//! The faults that Meta and Twilio share with Evolution: what the caller sees, and what is true.

use std::time::Duration;

use serde_json::{Value, json};
use simulators::http::{Answer, CallError};
use simulators::whatsapp::Entry;

use crate::hook::PATIENCE;
use crate::post::{Desk, NUMBER, SENDER};

/// What the caller sees.
#[derive(Debug, PartialEq)]
enum Seen {
    Status(u16),
    Broken,
    Timeout,
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Through {
    Meta,
    Twilio,
}

impl Through {
    const BOTH: [Self; 2] = [Self::Meta, Self::Twilio];

    fn account(self) -> &'static str {
        if self == Self::Meta { NUMBER } else { SENDER }
    }

    fn accepted(self) -> u16 {
        if self == Self::Meta { 200 } else { 201 }
    }

    async fn send(self, desk: &Desk) -> Result<Answer, CallError> {
        match self {
            Self::Meta => desk.meta_text("Hello").await,
            Self::Twilio => desk.twilio_text("Hello").await,
        }
    }

    async fn sees(self, desk: &Desk, patience: Duration) -> Result<Seen, CallError> {
        match tokio::time::timeout(patience, self.send(desk)).await {
            Err(_) | Ok(Err(CallError::Timeout(_))) => Ok(Seen::Timeout),
            Ok(Ok(answer)) => Ok(Seen::Status(answer.status)),
            Ok(Err(CallError::Broken(_))) => Ok(Seen::Broken),
            Ok(Err(error)) => Err(error),
        }
    }
}

#[tokio::test]
async fn what_the_caller_sees_and_what_is_true_differ_as_announced() -> anyhow::Result<()> {
    for through in Through::BOTH {
        let accepted = through.accepted();
        let cases = [
            (json!({"kind": "timeout_before"}), Seen::Timeout, false),
            (json!({"kind": "timeout_during", "accept_after_ms": 900}), Seen::Timeout, true),
            (json!({"kind": "timeout_after"}), Seen::Timeout, true),
            (json!({"kind": "reset_before"}), Seen::Broken, false),
            (json!({"kind": "reset_after"}), Seen::Broken, true),
            (json!({"kind": "half_answer"}), Seen::Broken, true),
            (json!({"kind": "slow_drip", "pause_ms": 40}), Seen::Timeout, true),
            (json!({"kind": "slow_drip", "pause_ms": 0}), Seen::Status(accepted), true),
            (json!({"kind": "rate_limited"}), Seen::Status(429), false),
            (json!({"kind": "rate_limited", "retry_after_s": 7}), Seen::Status(429), false),
            (json!({"kind": "error_before"}), Seen::Status(500), false),
            (json!({"kind": "error_before", "status": 503}), Seen::Status(503), false),
            (json!({"kind": "error_after"}), Seen::Status(500), true),
            (json!({"kind": "error_after", "status": 504}), Seen::Status(504), true),
            (json!({"kind": "auth"}), Seen::Status(401), false),
        ];
        let desk = Desk::quick().await?;
        for (mut fault, expected, is_accepted) in cases {
            let before = desk.sim.journal().last_seq();
            fault["count"] = json!(1);
            fault["instance"] = json!(through.account());
            desk.fault(&fault).await?;
            // Only a silence is waited for with a short patience.
            let patience = if expected == Seen::Timeout { Duration::from_millis(500) } else { PATIENCE };
            assert_eq!(through.sees(&desk, patience).await?, expected, "{through:?} {fault}");
            let is_truth = |entry: &Entry| matches!(entry, Entry::Send { .. } | Entry::Refused { .. });
            let noted = desk.sim.journal().wait_since(before, 1, PATIENCE, is_truth).await;
            let truth = noted.first().map(|noted| noted.entry.word());
            assert_eq!(truth, Some(if is_accepted { "send" } else { "refused" }), "{through:?} {fault}");
        }
    }
    Ok(())
}

#[tokio::test]
async fn any_code_of_the_provider_can_be_the_answer() -> anyhow::Result<()> {
    let desk = Desk::quick().await?;
    for (through, code, status) in
        [(Through::Meta, 131056, 429), (Through::Meta, 131031, 403), (Through::Twilio, 21611, 400)]
    {
        desk.fault(&json!({"kind": "refused", "code": code, "count": 1})).await?;
        let answer = through.send(&desk).await?;
        let body: Value = answer.json()?;
        let said = if through == Through::Meta { &body["error"]["code"] } else { &body["code"] };
        assert_eq!((answer.status, said), (status, &json!(code)));
    }
    Ok(())
}

#[tokio::test]
async fn receipts_are_doubled_reordered_failed_or_missing() -> anyhow::Result<()> {
    for through in Through::BOTH {
        let undeliverable = if through == Through::Meta { "failed 131026" } else { "failed 63024" };
        let cases: [(Value, &[&str]); 5] = [
            (
                json!({"kind": "receipts_duplicate"}),
                &["sent", "sent", "delivered", "delivered", "read", "read"],
            ),
            (json!({"kind": "receipts_reordered"}), &["read", "delivered", "sent"]),
            (json!({"kind": "receipts_missing", "only": ["delivered"]}), &["sent", "read"]),
            (json!({"kind": "receipts_failed"}), &[undeliverable]),
            (json!({"kind": "receipts_failed", "code": 131049}), &["failed 131049"]),
        ];
        for (mut fault, expected) in cases {
            let desk = Desk::quick().await?;
            desk.customer_writes(through.account(), "Hi").await?;
            fault["count"] = json!(1);
            desk.fault(&fault).await?;
            through.send(&desk).await?;
            assert_eq!(desk.receipts(0, expected.len()).await?, expected, "{through:?} {fault}");
        }
    }
    Ok(())
}

#[tokio::test]
async fn early_receipts_are_there_before_the_answer() -> anyhow::Result<()> {
    for through in Through::BOTH {
        let desk = Desk::quick().await?;
        desk.customer_writes(through.account(), "Hi").await?;
        desk.fault(&json!({"kind": "receipts_early"})).await?;
        through.send(&desk).await?;
        assert_eq!(desk.sim.totals().receipts_read, 1, "{through:?}");
    }
    Ok(())
}

#[tokio::test]
async fn a_lost_webhook_of_twilio_is_called_never() -> anyhow::Result<()> {
    let desk = Desk::quick().await?;
    desk.fault(&json!({"kind": "webhooks_lost", "count": 1, "instance": SENDER})).await?;
    assert_eq!(desk.customer_writes(SENDER, "lost").await?, None);
    assert_eq!(desk.customer_writes(SENDER, "told").await?, Some(200));
    Ok(())
}

#[tokio::test]
async fn a_fault_that_nobody_here_can_have_is_refused() -> anyhow::Result<()> {
    let desk = Desk::quick().await?;
    let fault = json!({"kind": "licence_required"}).to_string();
    let answer = desk.meta.post("/sim/faults", fault.as_bytes(), PATIENCE).await?;
    assert_eq!(answer.status, 400);
    assert!(String::from_utf8_lossy(&answer.body).contains("cannot happen"));
    Ok(())
}
