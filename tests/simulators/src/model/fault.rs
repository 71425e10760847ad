//! What can go wrong with a model's API, in layers that compose: waiting, refusals, broken answers.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use crate::delay::Delay;
use crate::faults::Trigger;
use crate::http::{Reply, Wire};

/// One kind of trouble, with its own figures.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum ModelFault {
    /// The answer takes its time.
    Latency {
        /// How long: milliseconds, a range, or `lognormal:2500:8000`.
        delay: Delay,
    },
    /// No answer; the connection stays open and silent.
    Stall {
        /// How long.
        #[serde(default = "a_minute")]
        hold_ms: u64,
    },
    /// 429, with or without a hint.
    RateLimited {
        /// Sent as `retry-after-ms` and `retry-after`.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        retry_after_ms: Option<u64>,
    },
    /// 429 that means: no money left.
    QuotaExceeded {},
    /// An error of the server: 500 unless said otherwise (503, 529, …).
    ServerError {
        /// The status.
        #[serde(default = "server_error")]
        status: u16,
    },
    /// A proxy's error page.
    HtmlError {
        /// 502 unless said otherwise.
        #[serde(default = "bad_gateway")]
        status: u16,
    },
    /// 401.
    Unauthorized {},
    /// 400: the prompt is too long.
    ContextTooLong {},
    /// The connection is reset instead of an answer.
    Reset {},
    /// Half of the answer, then the end.
    HalfAnswer {},
    /// The answer drips byte by byte.
    SlowDrip {
        /// The pause after each byte.
        #[serde(default = "a_pause")]
        pause_ms: u64,
    },
    /// 200 with a body that is no JSON.
    GarbageBody {},
    /// 200 with an `error` object instead of an answer.
    ErrorInside {},
    /// 200 without any choice.
    EmptyChoices {},
    /// An answer whose content is null and that calls nothing.
    NullContent {},
    /// An answer of white space.
    BlankContent {},
    /// A finish reason nobody knows.
    UnknownFinishReason {
        /// The word.
        #[serde(default = "odd_reason")]
        word: String,
    },
    /// Cut off at the output limit; calls end in the middle of their arguments.
    CutOff {},
    /// Filtered.
    ContentFilter {},
    /// A refusal beside an empty content.
    Refusal {},
    /// No usage.
    UsageMissing {},
    /// A very long text.
    HugeAnswer {
        /// How many bytes.
        #[serde(default = "hundred_kilobytes")]
        bytes: usize,
    },
    /// A call whose arguments are not JSON.
    ArgumentsNotJson {},
    /// A call whose arguments are a JSON list.
    ArgumentsNotObject {},
    /// A call whose arguments are an object, not a text of JSON.
    ArgumentsAsObject {},
    /// A call with a field that the schema does not have.
    ArgumentsExtraField {},
    /// A call of a tool nobody offered.
    UnknownTool {},
    /// A call without an id.
    CallWithoutId {},
    /// The same call twice, with the same id.
    CallTwice {},
    /// The call written into the text, in a fence, as weak models do.
    CallInText {},
}

fn a_minute() -> u64 {
    60_000
}
fn server_error() -> u16 {
    500
}
fn bad_gateway() -> u16 {
    502
}
fn a_pause() -> u64 {
    20
}
fn odd_reason() -> String {
    "eos_token".to_owned()
}
fn hundred_kilobytes() -> usize {
    100_000
}

/// When a kind of trouble has its moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Moment {
    /// Before the brain is asked.
    Before,
    /// On any answer of the brain.
    Answer,
    /// On answers that call a tool.
    Call,
    /// On the way out.
    Wire,
}

impl ModelFault {
    pub(super) fn moment(&self) -> Moment {
        match self {
            Self::Latency { .. }
            | Self::Stall { .. }
            | Self::RateLimited { .. }
            | Self::QuotaExceeded {}
            | Self::ServerError { .. }
            | Self::HtmlError { .. }
            | Self::Unauthorized {}
            | Self::ContextTooLong {}
            | Self::Reset {} => Moment::Before,
            Self::HalfAnswer {} | Self::SlowDrip { .. } | Self::GarbageBody {} => Moment::Wire,
            Self::ArgumentsNotJson {}
            | Self::ArgumentsNotObject {}
            | Self::ArgumentsAsObject {}
            | Self::ArgumentsExtraField {}
            | Self::UnknownTool {}
            | Self::CallWithoutId {}
            | Self::CallTwice {}
            | Self::CallInText {} => Moment::Call,
            _ => Moment::Answer,
        }
    }

    /// Reads what `POST /sim/faults` takes; an unknown field is refused.
    pub(super) fn read(body: &[u8]) -> Result<(Self, Trigger), String> {
        let mut fields: Map<String, Value> =
            serde_json::from_slice(body).map_err(|error| format!("the body is no JSON object: {error}"))?;
        let trigger = Trigger::take_from(&mut fields)?;
        let fault = serde_json::from_value(Value::Object(fields)).map_err(|error| error.to_string())?;
        Ok((fault, trigger))
    }

    /// The answer that is given without asking the brain, if this fault is of that kind.
    pub(super) fn instead(&self) -> Option<Reply> {
        match self {
            Self::Stall { hold_ms } => {
                Some(Reply::empty(504).over(Wire::Silence(Duration::from_millis(*hold_ms))))
            }
            Self::Reset {} => Some(Reply::empty(500).over(Wire::Reset)),
            Self::RateLimited { retry_after_ms } => {
                let reply = error(429, "Rate limit reached for requests", "requests", "rate_limit_exceeded");
                Some(match retry_after_ms {
                    Some(ms) => reply
                        .header("retry-after-ms", ms.to_string())
                        .header("retry-after", ms.div_ceil(1000).to_string()),
                    None => reply,
                })
            }
            Self::QuotaExceeded {} => Some(error(
                429,
                "You exceeded your current quota, please check your plan and billing details.",
                "insufficient_quota",
                "insufficient_quota",
            )),
            Self::ServerError { status } => Some(error(
                *status,
                "The server had an error while processing your request.",
                "server_error",
                "server_error",
            )),
            Self::HtmlError { status } => {
                Some(Reply::new(*status, "text/html", "<html><body><h1>Bad gateway</h1></body></html>"))
            }
            Self::Unauthorized {} => Some(unauthorized()),
            Self::ContextTooLong {} => Some(error(
                400,
                "This model's maximum context length is 4096 tokens. However, your messages resulted in more.",
                "invalid_request_error",
                "context_length_exceeded",
            )),
            _ => None,
        }
    }

    /// Breaks a completion.
    pub(super) fn bend(&self, completion: &mut Value) {
        match self {
            Self::ErrorInside {} => {
                *completion = json!({"error": {"message": "Upstream model failed", "type": "server_error", "code": null}});
            }
            Self::EmptyChoices {} => completion["choices"] = json!([]),
            Self::UsageMissing {} => {
                completion.as_object_mut().map(|fields| fields.remove("usage"));
            }
            _ => {
                if let Some(choice) = completion.pointer_mut("/choices/0") {
                    self.bend_choice(choice);
                }
            }
        }
    }

    fn bend_choice(&self, choice: &mut Value) {
        match self {
            Self::NullContent {} => words_only(choice, Value::Null, "stop"),
            Self::BlankContent {} => words_only(choice, json!(" \n"), "stop"),
            Self::HugeAnswer { bytes } => words_only(choice, json!("la ".repeat(bytes / 3)), "stop"),
            Self::ContentFilter {} => words_only(choice, Value::Null, "content_filter"),
            Self::Refusal {} => {
                words_only(choice, Value::Null, "stop");
                choice["message"]["refusal"] = json!("I'm sorry, I can't help with that.");
            }
            Self::UnknownFinishReason { word } => choice["finish_reason"] = json!(word),
            Self::CutOff {} => {
                choice["finish_reason"] = json!("length");
                for text in ["/message/content", "/message/tool_calls/0/function/arguments"] {
                    if let Some(Value::String(text)) = choice.pointer_mut(text) {
                        *text = text.chars().take(text.chars().count() / 2).collect();
                    }
                }
            }
            Self::CallTwice {} => {
                if let Some(calls) = choice.pointer_mut("/message/tool_calls").and_then(Value::as_array_mut) {
                    calls.extend(calls.first().cloned());
                }
            }
            Self::CallInText {} => {
                let called = choice.pointer("/message/tool_calls/0/function").cloned().unwrap_or_default();
                let text = format!(
                    "```json\n{{\"name\": {}, \"arguments\": {}}}\n```",
                    called["name"],
                    called["arguments"].as_str().unwrap_or("{}")
                );
                words_only(choice, json!(text), "stop");
            }
            _ => {
                if let Some(call) = choice.pointer_mut("/message/tool_calls/0") {
                    self.bend_call(call);
                }
            }
        }
    }

    fn bend_call(&self, call: &mut Value) {
        let arguments = call["function"]["arguments"].as_str().unwrap_or("{}").to_owned();
        match self {
            Self::ArgumentsNotJson {} => call["function"]["arguments"] = json!("{service: checkup, from: "),
            Self::ArgumentsNotObject {} => call["function"]["arguments"] = json!(format!("[{arguments}]")),
            Self::ArgumentsAsObject {} => {
                call["function"]["arguments"] = serde_json::from_str(&arguments).unwrap_or_default();
            }
            Self::ArgumentsExtraField {} => {
                let mut fields: Value = serde_json::from_str(&arguments).unwrap_or_default();
                fields["phone"] = json!("447700900999");
                call["function"]["arguments"] = json!(fields.to_string());
            }
            Self::UnknownTool {} => call["function"]["name"] = json!("book_appointment_now"),
            Self::CallWithoutId {} => {
                call.as_object_mut().map(|fields| fields.remove("id"));
            }
            _ => {}
        }
    }

    /// How a bent answer goes out.
    pub(super) fn send(&self, reply: Reply) -> Reply {
        match self {
            Self::HalfAnswer {} => reply.over(Wire::Half),
            Self::SlowDrip { pause_ms } => reply.over(Wire::Drip(Duration::from_millis(*pause_ms))),
            Self::GarbageBody {} => {
                Reply::new(200, "application/json", "{\"id\": \"chatcmpl-\u{fffd}, \"choices\": [[[")
            }
            _ => reply,
        }
    }
}

fn words_only(choice: &mut Value, content: Value, finish_reason: &str) {
    choice["message"]["content"] = content;
    choice["finish_reason"] = json!(finish_reason);
    if let Some(message) = choice["message"].as_object_mut() {
        message.remove("tool_calls");
    }
}

/// An error in the API's own envelope.
pub(super) fn error(status: u16, message: &str, kind: &str, code: &str) -> Reply {
    Reply::json(status, &json!({"error": {"message": message, "type": kind, "param": null, "code": code}}))
}

/// Missing or wrong key.
pub(super) fn unauthorized() -> Reply {
    error(401, "Incorrect API key provided.", "invalid_request_error", "invalid_api_key")
}
