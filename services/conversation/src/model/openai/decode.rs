use std::collections::HashSet;

use serde_json::Value;

use super::written_calls;
use crate::model::{Answer, Arguments, Call, ModelError, Stop, Usage};

/// Reads an answer. Lenient on purpose: servers leave out ids and usage, send arguments as objects, invent words for why they
/// stopped, and write calls into the text. What is read is still checked against the tools' schemas before anything runs.
pub fn decode(body: &Value) -> Result<Answer, ModelError> {
    // Some servers report an error with status 200.
    if body.get("error").is_some_and(|error| !error.is_null()) {
        return Err(ModelError::Malformed("an error with status 200"));
    }
    let choice = body.pointer("/choices/0").ok_or(ModelError::Malformed("no choices"))?;
    let message = choice.get("message").ok_or(ModelError::Malformed("a choice without a message"))?;
    let mut calls = native_calls(message);
    let mut text =
        content(message.get("content")).map(|text| without_thoughts(&text)).filter(|text| !text.is_empty());
    if calls.is_empty()
        && let Some(written) = text.as_deref().and_then(written_calls::extract)
    {
        calls = written.calls;
        text = written.rest;
    }
    make_ids_unique(&mut calls);
    let refused = message.get("refusal").and_then(Value::as_str).is_some_and(|refusal| !refusal.is_empty());
    let stop =
        if refused { Stop::Refused } else { stop(choice.get("finish_reason").and_then(Value::as_str)) };
    Ok(Answer {
        text,
        calls,
        stop,
        usage: usage(body.get("usage")),
        request_id: body.get("id").and_then(Value::as_str).map(str::to_owned),
    })
}

fn native_calls(message: &Value) -> Vec<Call> {
    let listed = message.get("tool_calls").and_then(Value::as_array).into_iter().flatten();
    // The predecessor of tool_calls, which some servers still send.
    let single = message.get("function_call").filter(|call| call.is_object());
    listed
        .map(|call| (call.get("id"), call.get("function").unwrap_or(call)))
        .chain(single.map(|function| (None, function)))
        .map(|(id, function)| Call {
            id: id.and_then(Value::as_str).unwrap_or_default().to_owned(),
            name: function.get("name").and_then(Value::as_str).unwrap_or_default().trim().to_owned(),
            arguments: arguments(function.get("arguments")),
        })
        .collect()
}

pub(super) fn arguments(value: Option<&Value>) -> Arguments {
    match value {
        None | Some(Value::Null) => Arguments::read(""),
        Some(Value::String(raw)) => Arguments::read(&postgres::keepable_json(raw)),
        Some(other) => Arguments::read(&postgres::keepable_json(&other.to_string())),
    }
}

/// A text, or a list of parts of which some are text. What no column can hold must not cost the customer the answer.
fn content(content: Option<&Value>) -> Option<String> {
    let text: String = match content? {
        Value::String(text) => text.clone(),
        Value::Array(parts) => {
            parts.iter().filter_map(|part| part.get("text").and_then(Value::as_str)).collect()
        }
        _ => return None,
    };
    Some(text.replace('\0', "\u{fffd}"))
}

/// Reasoning models behind plain servers think aloud between tags; nobody is meant to read that.
fn without_thoughts(text: &str) -> String {
    let mut rest = text;
    let mut kept = String::new();
    while let Some((before, after)) = rest.split_once("<think>") {
        kept.push_str(before);
        rest = after.split_once("</think>").map_or("", |(_, after)| after);
    }
    // Some templates open the tag themselves, so that only its end is in the answer.
    rest = rest.rsplit_once("</think>").map_or(rest, |(_, after)| after);
    kept.push_str(rest);
    kept.trim().to_owned()
}

fn make_ids_unique(calls: &mut [Call]) {
    let mut seen = HashSet::new();
    for (number, call) in calls.iter_mut().enumerate() {
        if call.id.is_empty() || !seen.insert(call.id.clone()) {
            call.id = format!("call_{number}_{}", seen.len());
            seen.insert(call.id.clone());
        }
    }
}

fn stop(word: Option<&str>) -> Stop {
    match word {
        Some("stop" | "end_turn" | "eos") | None => Stop::Done,
        Some("tool_calls" | "function_call" | "tool_use") => Stop::ToolUse,
        Some("length" | "max_tokens") => Stop::Length,
        Some("content_filter" | "refusal") => Stop::Refused,
        Some(other) => Stop::Other(other.chars().take(32).collect()),
    }
}

fn usage(usage: Option<&Value>) -> Option<Usage> {
    let number = |pointer: &str| usage.and_then(|usage| usage.pointer(pointer)).and_then(Value::as_u64);
    Some(Usage {
        input: number("/prompt_tokens").or_else(|| number("/input_tokens"))?,
        cached: number("/prompt_tokens_details/cached_tokens").unwrap_or(0),
        output: number("/completion_tokens").or_else(|| number("/output_tokens")).unwrap_or(0),
    })
}
