//! `POST /v1/chat/completions`: the faults of the way in, the brain, the faults of the way out.

use std::time::Instant;

use serde_json::{Value, json};

use super::fault::{self, ModelFault, Moment};
use super::journal::Exchange;
use super::request::ChatRequest;
use super::{Mind, answer::Answer};
use crate::http::{Reply, Request};
use crate::lock::lock;
use crate::time;

/// Answers one request and notes the exchange.
pub(super) async fn answer(mind: &Mind, request: &Request) -> Reply {
    let started = Instant::now();
    let mut faults = Vec::new();
    let reply = reply(mind, request, &mut faults).await;
    mind.journal.note(Exchange {
        what: "exchange",
        request: request.json().unwrap_or_default(),
        answer: serde_json::from_slice(reply.body()).unwrap_or_default(),
        status: reply.status_seen(),
        faults: faults.iter().map(word).collect(),
        took_us: u64::try_from(started.elapsed().as_micros()).unwrap_or(u64::MAX),
    });
    reply
}

async fn reply(mind: &Mind, request: &Request, hit: &mut Vec<ModelFault>) -> Reply {
    let before = mind.faults.all(|fault| fault.moment() == Moment::Before);
    hit.extend(before.iter().cloned());
    for fault in &before {
        if let ModelFault::Latency { delay } = fault {
            delay.wait().await;
        }
    }
    if let Some(instead) = before.iter().find_map(ModelFault::instead) {
        return instead;
    }
    let key = mind.api_key.as_deref();
    let shown = request.header("authorization").and_then(|value| value.strip_prefix("Bearer "));
    if key.is_some() && shown != key {
        return fault::unauthorized();
    }
    match think(mind, request) {
        Ok((request, answer)) => bent(mind, &request, &answer, hit),
        Err(problem) => fault::error(400, &problem, "invalid_request_error", "invalid_request"),
    }
}

fn think(mind: &Mind, request: &Request) -> Result<(ChatRequest, Answer), String> {
    let request: ChatRequest =
        request.json().map_err(|error| format!("We could not parse the body: {error}"))?;
    if request.messages.is_empty() {
        return Err("Missing required parameter: 'messages'.".to_owned());
    }
    if request.stream {
        return Err("Unsupported value: 'stream' (this simulator does not stream).".to_owned());
    }
    let brain = lock(&mind.brain).clone();
    let answer = brain.answer(&request)?;
    Ok((request, answer))
}

fn bent(mind: &Mind, request: &ChatRequest, answer: &Answer, hit: &mut Vec<ModelFault>) -> Reply {
    let id = format!("chatcmpl-{}", uuid::Uuid::new_v4().simple());
    let mut completion = answer.completion(request, &id, time::now().as_second());
    let calls = !answer.calls.is_empty();
    let after = mind.faults.all(|fault| match fault.moment() {
        Moment::Before => false,
        Moment::Call => calls,
        Moment::Answer | Moment::Wire => true,
    });
    for fault in &after {
        fault.bend(&mut completion);
    }
    let reply = Reply::json(200, &completion).header("x-request-id", id);
    let reply = after.iter().fold(reply, |reply, fault| fault.send(reply));
    hit.extend(after);
    reply
}

fn word(fault: &ModelFault) -> String {
    let value = serde_json::to_value(fault).unwrap_or_default();
    value.get("kind").and_then(Value::as_str).unwrap_or_default().to_owned()
}

/// `GET /v1/models`.
pub(super) fn models() -> Reply {
    let model = json!({"id": "clerk", "object": "model", "created": 1_772_460_930, "owned_by": "simulators"});
    Reply::json(200, &json!({"object": "list", "data": [model]}))
}
