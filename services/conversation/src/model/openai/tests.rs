use std::time::Duration;

use http::HeaderMap;
use jiff::Timestamp;
use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::model::{Answer, Arguments, Call, Message, ModelError, Request, Stop, ToolSpec, Usage};

fn answer(message: Value, finish: Value) -> Result<Answer, ModelError> {
    decode(&json!({ "id": "chatcmpl-1", "choices": [{ "message": message, "finish_reason": finish }] }))
}

fn object(value: Value) -> Arguments {
    Arguments::read(&value.to_string())
}

fn request() -> Request {
    let call =
        Call { id: "c1".into(), name: "find_slots".into(), arguments: object(json!({ "service": "cut" })) };
    Request {
        model: "some-model".into(),
        messages: vec![
            Message::System("policy".into()),
            Message::User("hi".into()),
            Message::Assistant { text: None, calls: vec![call] },
            Message::Tool { call_id: "c1".into(), content: "{}".into() },
        ],
        tools: vec![ToolSpec {
            name: "find_slots",
            description: "Free times",
            parameters: json!({ "type": "object" }),
        }],
        temperature: 0.2,
        max_output_tokens: 400,
        timeout: Duration::from_secs(1),
    }
}

#[test]
fn a_request_is_what_chat_completions_want() {
    let body = encode(&request(), Profile::default());
    assert_eq!(body["model"], "some-model");
    assert_eq!(body["temperature"].to_string(), "0.2");
    assert_eq!(body["max_completion_tokens"], 400);
    assert_eq!(body["parallel_tool_calls"], false);
    assert_eq!(body["tools"][0]["function"]["name"], "find_slots");
    assert_eq!(body["messages"][0], json!({ "role": "system", "content": "policy" }));
    let call = &body["messages"][2]["tool_calls"][0];
    assert_eq!(call["function"]["arguments"], r#"{"service":"cut"}"#, "arguments travel as text");
    assert_eq!(body["messages"][3], json!({ "role": "tool", "tool_call_id": "c1", "content": "{}" }));
}

#[test]
fn a_profile_leaves_out_what_a_server_refuses() {
    let profile =
        Profile { limit_field: LimitField::MaxTokens, fixed_temperature: true, no_parallel_switch: true };
    let body = encode(&request(), profile);
    assert_eq!(body["max_tokens"], 400);
    for left_out in ["max_completion_tokens", "temperature", "parallel_tool_calls"] {
        assert!(body.get(left_out).is_none(), "{left_out}");
    }
}

#[test]
fn the_same_request_is_the_same_bytes() {
    assert_eq!(
        encode(&request(), Profile::default()).to_string(),
        encode(&request(), Profile::default()).to_string()
    );
}

#[test]
fn words_and_usage_are_read() {
    let body = json!({
        "id": "x", "choices": [{ "message": { "role": "assistant", "content": " Hello " }, "finish_reason": "stop" }],
        "usage": { "prompt_tokens": 10, "completion_tokens": 3, "prompt_tokens_details": { "cached_tokens": 8 } }
    });
    let answer = decode(&body).unwrap();
    assert_eq!(answer.text.as_deref(), Some("Hello"));
    assert_eq!(answer.usage, Some(Usage { input: 10, cached: 8, output: 3 }));
    assert_eq!(answer.stop, Stop::Done);
}

#[test]
fn calls_are_read_however_servers_send_them() {
    let wanted = object(json!({ "service": "cut" }));
    let shapes = [
        json!({ "content": null, "tool_calls": [{ "id": "a", "type": "function", "function": { "name": "find_slots", "arguments": "{\"service\":\"cut\"}" } }] }),
        json!({ "tool_calls": [{ "function": { "name": "find_slots", "arguments": { "service": "cut" } } }] }),
        json!({ "content": "", "function_call": { "name": "find_slots", "arguments": "{\"service\":\"cut\"}" } }),
        json!({ "content": "<tool_call>\n{\"name\": \"find_slots\", \"arguments\": {\"service\": \"cut\"}}\n</tool_call>" }),
        json!({ "content": "<tool_call>{\"name\": \"find_slots\", \"arguments\": {\"service\": \"cut\"}}" }),
        json!({ "content": "```json\n{\"name\": \"find_slots\", \"parameters\": {\"service\": \"cut\"}}\n```" }),
        json!({ "content": "{\"name\": \"find_slots\", \"arguments\": {\"service\": \"cut\"}}" }),
        json!({ "content": "{{\"name\": \"find_slots\", \"arguments\": {{\"service\": \"cut\"}}}}" }),
        json!({ "content": "[TOOL_CALLS][{\"name\": \"find_slots\", \"arguments\": {\"service\": \"cut\"}}]" }),
        json!({ "content": "<think>which one?</think>{\"type\": \"function\", \"function\": {\"name\": \"find_slots\", \"arguments\": \"{\\\"service\\\": \\\"cut\\\"}\"}}" }),
        json!({ "content": [{ "type": "text", "text": "{\"tool\": \"find_slots\", \"args\": {\"service\": \"cut\"}}" }] }),
    ];
    for shape in shapes {
        let answer = answer(shape.clone(), json!("stop")).unwrap();
        let [call] = answer.calls.as_slice() else { panic!("{shape}: {answer:?}") };
        assert_eq!((call.name.as_str(), &call.arguments), ("find_slots", &wanted), "{shape}");
        assert!(!call.id.is_empty(), "{shape}");
        assert_eq!(answer.text, None, "{shape}");
    }
}

#[test]
fn words_around_a_written_call_are_kept() {
    let answer = answer(
        json!({ "content": "Let me look.\n<tool_call>{\"name\": \"a\", \"arguments\": {}}</tool_call>" }),
        Value::Null,
    );
    assert_eq!(answer.unwrap().text.as_deref(), Some("Let me look."));
}

/// PostgreSQL holds every character but one.
#[test]
fn a_character_that_cannot_be_stored_costs_nobody_the_answer() {
    let read = answer(
        json!({ "content": "Hi\0", "tool_calls": [
            { "function": { "name": "a", "arguments": "{\"x\":\"\\u0000\"}" } },
            { "function": { "name": "b", "arguments": { "x": "\0" } } },
        ] }),
        json!("stop"),
    )
    .unwrap();
    assert_eq!(read.text.as_deref(), Some("Hi\u{fffd}"));
    for call in &read.calls {
        assert_eq!(call.arguments, object(json!({ "x": "\u{fffd}" })), "{}", call.name);
    }
    assert_eq!(read.calls.len(), 2);
}

#[test]
fn other_json_and_plain_words_are_not_calls() {
    for text in
        ["{\"name\": \"Ana\"}", "Set {a, b}", "{}", "[1, 2]", "We open at [10:00].", "```\nhello\n```"]
    {
        let answer = answer(json!({ "content": text }), json!("stop")).unwrap();
        assert_eq!(answer.calls, [], "{text:?}");
    }
}

#[test]
fn ids_become_unique_and_bad_arguments_stay_visible() {
    let message = json!({ "tool_calls": [
        { "id": "same", "function": { "name": "a", "arguments": "{\"x\":" } },
        { "id": "same", "function": { "name": "b", "arguments": "[1]" } },
        { "function": { "name": "c" } },
        { "id": "n", "function": { "name": "d", "arguments": "{\"x\": NaN}" } },
    ] });
    let calls = answer(message, json!("tool_calls")).unwrap().calls;
    let ids: std::collections::HashSet<_> = calls.iter().map(|call| &call.id).collect();
    assert_eq!(ids.len(), 4);
    assert!(matches!(&calls[0].arguments, Arguments::Unreadable { raw, .. } if raw == "{\"x\":"));
    assert!(matches!(&calls[1].arguments, Arguments::Unreadable { .. }));
    assert_eq!(calls[2].arguments, Arguments::Object(serde_json::Map::new()));
    assert!(matches!(&calls[3].arguments, Arguments::Unreadable { .. }));
}

#[test]
fn reasons_to_stop_are_read_and_unknown_ones_kept() {
    let stop = |word: Value| answer(json!({ "content": "x" }), word).unwrap().stop;
    assert_eq!(stop(json!("length")), Stop::Length);
    assert_eq!(stop(json!("content_filter")), Stop::Refused);
    assert_eq!(stop(json!("tool_calls")), Stop::ToolUse);
    assert_eq!(stop(Value::Null), Stop::Done);
    assert_eq!(stop(json!("weather")), Stop::Other("weather".into()));
    let refused = answer(json!({ "content": null, "refusal": "no" }), json!("stop")).unwrap();
    assert_eq!(refused.stop, Stop::Refused);
}

#[test]
fn what_is_no_answer_is_said_to_be_none() {
    for body in [
        json!({}),
        json!({ "choices": [] }),
        json!({ "choices": [{}] }),
        json!([]),
        json!({ "error": { "message": "x" } }),
    ] {
        assert!(matches!(decode(&body), Err(ModelError::Malformed(_))), "{body}");
    }
}

fn headers(pairs: &[(&'static str, &str)]) -> HeaderMap {
    pairs.iter().map(|(name, value)| (http::HeaderName::from_static(name), value.parse().unwrap())).collect()
}

#[test]
fn statuses_fall_into_the_classes_that_matter() {
    let now = Timestamp::from_second(1_800_000_000).unwrap();
    let none = headers(&[]);
    let class = |status, body: Value| classify(status, &none, &body, now);
    assert_eq!(class(500, Value::Null), ModelError::Server { status: 500, wait: None });
    assert_eq!(class(529, Value::Null), ModelError::Server { status: 529, wait: None });
    assert_eq!(class(429, Value::Null), ModelError::RateLimited { wait: None });
    assert_eq!(class(429, json!({ "error": { "code": "insufficient_quota" } })), ModelError::NoQuota);
    assert_eq!(class(413, Value::Null), ModelError::TooLong);
    assert_eq!(class(400, json!({ "error": { "code": "context_length_exceeded" } })), ModelError::TooLong);
    assert_eq!(
        class(
            400,
            json!({ "error": { "code": 400, "message": "the request exceeds the available context size" } })
        ),
        ModelError::TooLong
    );
    assert_eq!(class(400, json!({ "error": { "code": "content_filter" } })), ModelError::Refused);
    assert_eq!(
        class(400, json!({ "error": { "message": "unknown field" } })),
        ModelError::BadRequest { status: 400 }
    );
    assert_eq!(class(401, Value::Null), ModelError::Auth { status: 401 });
    assert_eq!(class(404, Value::Null), ModelError::Auth { status: 404 });
}

#[test]
fn wait_hints_are_read_in_the_order_of_the_official_clients() {
    let now = Timestamp::from_second(1_800_000_000).unwrap();
    let wait = |pairs: &[(&'static str, &str)]| match classify(429, &headers(pairs), &Value::Null, now) {
        ModelError::RateLimited { wait } => wait,
        other => panic!("{other:?}"),
    };
    assert_eq!(wait(&[("retry-after-ms", "1500"), ("retry-after", "9")]), Some(Duration::from_millis(1500)));
    assert_eq!(wait(&[("retry-after", "2")]), Some(Duration::from_secs(2)));
    assert_eq!(wait(&[("retry-after", "Fri, 15 Jan 2027 08:00:10 GMT")]), Some(Duration::from_secs(10)));
    assert_eq!(wait(&[("retry-after", "soon")]), None);
    assert_eq!(wait(&[("x-should-retry", "false")]), Some(Duration::MAX));
}

proptest! {
    #[test]
    fn no_content_breaks_the_reader(text in "\\PC{0,200}", finish in "\\PC{0,40}") {
        let _ = answer(json!({ "content": text, "tool_calls": null }), json!(finish));
        let _ = answer(json!({ "tool_calls": [{ "function": { "name": text.clone(), "arguments": text } }] }), json!(null));
    }

    #[test]
    fn braces_and_tags_do_not_break_it(text in "[{}\\[\\]\"<>/a-z:, `]{0,120}") {
        let _ = answer(json!({ "content": text }), json!("stop"));
    }
}
