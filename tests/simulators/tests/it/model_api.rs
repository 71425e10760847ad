//! The chat-completions API: its shapes, its faults, its journal.

use std::time::{Duration, Instant};

use serde_json::{Value, json};
use simulators::faults::Trigger;
use simulators::http::{Answer, CallError, Client, Target};
use simulators::model::{ChatRequest, ModelFault, ModelOptions, ModelSim, Script, Step};

use crate::hook::PATIENCE;

struct Stage {
    sim: ModelSim,
    http: Client,
}

impl Stage {
    async fn start() -> anyhow::Result<Self> {
        Self::with(ModelOptions::default(), "none").await
    }

    async fn with(options: ModelOptions, key: &str) -> anyhow::Result<Self> {
        let sim = ModelSim::start(options).await?;
        let target = Target::parse(&format!("http://{}", sim.addr())).map_err(anyhow::Error::msg)?;
        Ok(Self { sim, http: Client::new(target, 4, &[("authorization", &format!("Bearer {key}"))]) })
    }

    async fn ask(&self, words: &str) -> Result<Answer, CallError> {
        let tool = json!({"type": "function", "function": {"name": "find_slots", "parameters": {
            "properties": {"service": {"enum": ["checkup"]}}}}});
        let body =
            json!({"model": "clerk-1", "messages": [{"role": "user", "content": words}], "tools": [tool]});
        self.http.post("/v1/chat/completions", body.to_string().as_bytes(), Duration::from_secs(2)).await
    }

    /// Asks for an appointment under one fault, given over the control API.
    async fn under(&self, mut fault: Value) -> anyhow::Result<Result<Answer, CallError>> {
        fault["count"] = json!(1);
        let given = self.http.post("/sim/faults", fault.to_string().as_bytes(), PATIENCE).await?;
        anyhow::ensure!(given.status == 201, "{fault}: {}", String::from_utf8_lossy(&given.body));
        Ok(self.ask("I need an appointment").await)
    }
}

#[tokio::test]
async fn a_completion_has_the_shape_of_the_api() -> anyhow::Result<()> {
    let stage = Stage::start().await?;
    let body: Value = stage.ask("I need an appointment").await?.json()?;
    assert_eq!((&body["object"], &body["model"]), (&json!("chat.completion"), &json!("clerk-1")));
    let choice = &body["choices"][0];
    assert_eq!(
        (&choice["finish_reason"], &choice["message"]["content"]),
        (&json!("tool_calls"), &Value::Null)
    );
    let call = &choice["message"]["tool_calls"][0];
    assert_eq!((&call["type"], &call["function"]["name"]), (&json!("function"), &json!("find_slots")));
    assert_eq!(call["function"]["arguments"], r#"{"service":"checkup"}"#);
    assert!(call["id"].is_string() && body["usage"]["total_tokens"].as_u64() > Some(0));
    let body: Value = stage.ask("Hello").await?.json()?;
    assert_eq!(body["choices"][0]["finish_reason"], "stop");
    assert!(body["choices"][0]["message"].get("tool_calls").is_none());
    assert_eq!(stage.http.get("/v1/models", PATIENCE).await?.json::<Value>()?["object"], "list");
    Ok(())
}

#[tokio::test]
async fn requests_that_make_no_sense_are_refused_in_the_apis_words() -> anyhow::Result<()> {
    let stage =
        Stage::with(ModelOptions { api_key: Some("right".to_owned()), ..ModelOptions::default() }, "right")
            .await?;
    for (body, words) in [
        ("{", "could not parse"),
        ("{}", "'messages'"),
        (r#"{"messages":[{"role":"user","content":"Hi"}],"stream":true}"#, "does not stream"),
    ] {
        let refused = stage.http.post("/v1/chat/completions", body.as_bytes(), PATIENCE).await?;
        assert_eq!(refused.status, 400);
        assert!(refused.json::<Value>()?["error"]["message"].to_string().contains(words), "{body}");
    }
    let target = Target::parse(&format!("http://{}", stage.sim.addr())).map_err(anyhow::Error::msg)?;
    let stranger = Client::new(target, 1, &[("authorization", "Bearer wrong")]);
    assert_eq!(stranger.post("/v1/chat/completions", b"{}", PATIENCE).await?.status, 401);
    assert_eq!(stranger.get("/v2/else", PATIENCE).await?.json::<Value>()?["error"]["code"], "unknown_url");
    Ok(())
}

#[tokio::test]
async fn refusals_have_their_status_and_their_code() -> anyhow::Result<()> {
    let stage = Stage::start().await?;
    for (fault, status, code) in [
        (json!({"kind": "rate_limited"}), 429, "rate_limit_exceeded"),
        (json!({"kind": "rate_limited", "retry_after_ms": 1500}), 429, "rate_limit_exceeded"),
        (json!({"kind": "quota_exceeded"}), 429, "insufficient_quota"),
        (json!({"kind": "server_error"}), 500, "server_error"),
        (json!({"kind": "server_error", "status": 503}), 503, "server_error"),
        (json!({"kind": "unauthorized"}), 401, "invalid_api_key"),
        (json!({"kind": "context_too_long"}), 400, "context_length_exceeded"),
    ] {
        let answer = stage.under(fault.clone()).await??;
        assert_eq!(
            (answer.status, answer.json::<Value>()?["error"]["code"].clone()),
            (status, json!(code)),
            "{fault}"
        );
    }
    let page = stage.under(json!({"kind": "html_error"})).await??;
    assert!(page.status == 502 && page.body.starts_with(b"<html>"));
    assert!(stage.ask("Hello").await?.is_success(), "all faults are spent");
    Ok(())
}

#[tokio::test]
async fn answers_are_broken_as_announced() -> anyhow::Result<()> {
    let cases: [(Value, &str, Value); 16] = [
        (json!({"kind": "empty_choices"}), "/choices", json!([])),
        (json!({"kind": "error_inside"}), "/choices", Value::Null),
        (json!({"kind": "null_content"}), "/choices/0/message/tool_calls", Value::Null),
        (json!({"kind": "blank_content"}), "/choices/0/message/content", json!(" \n")),
        (json!({"kind": "unknown_finish_reason"}), "/choices/0/finish_reason", json!("eos_token")),
        (json!({"kind": "cut_off"}), "/choices/0/finish_reason", json!("length")),
        (json!({"kind": "content_filter"}), "/choices/0/finish_reason", json!("content_filter")),
        (
            json!({"kind": "refusal"}),
            "/choices/0/message/refusal",
            json!("I'm sorry, I can't help with that."),
        ),
        (json!({"kind": "usage_missing"}), "/usage", Value::Null),
        (
            json!({"kind": "arguments_not_json"}),
            "/choices/0/message/tool_calls/0/function/arguments",
            json!("{service: checkup, from: "),
        ),
        (
            json!({"kind": "arguments_not_object"}),
            "/choices/0/message/tool_calls/0/function/arguments",
            json!(r#"[{"service":"checkup"}]"#),
        ),
        (
            json!({"kind": "arguments_as_object"}),
            "/choices/0/message/tool_calls/0/function/arguments/service",
            json!("checkup"),
        ),
        (
            json!({"kind": "unknown_tool"}),
            "/choices/0/message/tool_calls/0/function/name",
            json!("book_appointment_now"),
        ),
        (json!({"kind": "call_without_id"}), "/choices/0/message/tool_calls/0/id", Value::Null),
        (json!({"kind": "call_twice"}), "/choices/0/message/tool_calls/1/function/name", json!("find_slots")),
        (json!({"kind": "call_in_text"}), "/choices/0/message/tool_calls", Value::Null),
    ];
    let stage = Stage::start().await?;
    for (fault, place, expected) in cases {
        let body: Value = stage.under(fault.clone()).await??.json()?;
        assert_eq!(body.pointer(place).cloned().unwrap_or_default(), expected, "{fault}: {body}");
    }
    let extra: Value = stage.under(json!({"kind": "arguments_extra_field"})).await??.json()?;
    assert!(extra.to_string().contains("phone"));
    let huge = stage.under(json!({"kind": "huge_answer", "bytes": 50_000})).await??;
    assert!(huge.body.len() > 49_000);
    let garbage = stage.under(json!({"kind": "garbage_body"})).await??;
    assert!(garbage.status == 200 && garbage.json::<Value>().is_err());
    Ok(())
}

#[tokio::test]
async fn connections_break_and_stall() -> anyhow::Result<()> {
    let stage = Stage::start().await?;
    for kind in ["reset", "half_answer"] {
        assert!(matches!(stage.under(json!({"kind": kind})).await?, Err(CallError::Broken(_))), "{kind}");
    }
    assert!(matches!(stage.under(json!({"kind": "stall"})).await?, Err(CallError::Timeout(_))));
    assert!(matches!(
        stage.under(json!({"kind": "slow_drip", "pause_ms": 30})).await?,
        Err(CallError::Timeout(_))
    ));
    Ok(())
}

#[tokio::test]
async fn faults_compose_and_are_removed() -> anyhow::Result<()> {
    let stage = Stage::start().await?;
    stage.sim.fault(ModelFault::Latency { delay: simulators::delay::Delay::millis(120) }, Trigger::ALWAYS);
    stage.sim.fault(ModelFault::UsageMissing {}, Trigger::ALWAYS);
    let call_only = stage.sim.fault(ModelFault::CallTwice {}, Trigger::next(1));
    let started = Instant::now();
    let body: Value = stage.ask("Hello").await?.json()?;
    assert!(started.elapsed() >= Duration::from_millis(120) && body.get("usage").is_none());
    assert_eq!(stage.sim.faults()[2].hits, 0, "a fault of calls waits for an answer that calls");
    assert!(stage.sim.forgive(call_only) && !stage.sim.forgive(call_only));
    let cleared = stage.http.delete("/sim/faults", PATIENCE).await?;
    assert_eq!((cleared.status, stage.sim.faults().len()), (204, 0));
    let refused = stage.http.post("/sim/faults", br#"{"kind":"latency","delay":"soon"}"#, PATIENCE).await?;
    assert!(refused.status == 400 && String::from_utf8_lossy(&refused.body).contains("is no delay"));
    Ok(())
}

#[tokio::test]
async fn every_request_is_in_the_journal_with_its_answer() -> anyhow::Result<()> {
    let stage = Stage::start().await?;
    let (seen, asked) = tokio::join!(
        stage.http.get("/sim/journal?wait_ms=15000", PATIENCE),
        stage.ask("I need an appointment")
    );
    asked?;
    let line: Value = serde_json::from_slice(&seen?.body)?;
    assert_eq!(line["request"]["messages"][0]["content"], "I need an appointment");
    assert_eq!((&line["status"], &line["seq"]), (&json!(200), &json!(1)));
    stage.under(json!({"kind": "server_error"})).await??;
    let exchanges = stage.sim.journal().all();
    assert_eq!(exchanges[0].entry.called(), ["find_slots"]);
    assert_eq!(
        (exchanges[1].entry.faults.as_slice(), exchanges[1].entry.status),
        (["server_error".to_owned()].as_slice(), Some(500))
    );
    Ok(())
}

#[tokio::test]
async fn brains_are_exchanged_while_it_runs() -> anyhow::Result<()> {
    let stage = Stage::start().await?;
    let wish = br#"{"brain":"saboteur","harm":"claims-booked"}"#;
    assert_eq!(stage.http.post("/sim/brain", wish, PATIENCE).await?.status, 204);
    assert!(String::from_utf8_lossy(&stage.ask("Hello").await?.body).contains("You are booked"));
    for wish in [
        r#"{"brain":"oracle"}"#,
        r#"{"brain":"saboteur","harm":"kindness"}"#,
        r#"{"brain":"clerk","harm":"floods"}"#,
    ] {
        assert_eq!(stage.http.post("/sim/brain", wish.as_bytes(), PATIENCE).await?.status, 400, "{wish}");
    }
    let script =
        Script::new([Step::says("By the book").when_customer_says("Hello").when_offered("find_slots")]);
    stage.sim.think_with(script.clone());
    assert!(String::from_utf8_lossy(&stage.ask("Hello").await?.body).contains("By the book"));
    assert_eq!(script.finish(), Ok(()));
    assert_eq!(stage.ask("Hello again").await?.status, 400, "the script is over");
    assert!(script.finish().is_err());
    stage.sim.think_with(|request: &ChatRequest| simulators::model::Answer::says(request.last_words()));
    assert!(String::from_utf8_lossy(&stage.ask("Echo").await?.body).contains("Echo"));
    Ok(())
}
