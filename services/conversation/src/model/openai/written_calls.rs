//! Calls that a model wrote into its text, because its server has no parser for its way of calling.
//!
//! Seen from real servers: between tags, in a code fence, as bare JSON, with doubled braces copied from a template.

use serde_json::Value;

use super::decode::arguments;
use crate::model::Call;

/// Calls found in a text, and what else it said.
pub(super) struct Written {
    pub(super) calls: Vec<Call>,
    pub(super) rest: Option<String>,
}

/// What stands around a call. Each opening sign is tried; the closing one may be missing at the end of a cut answer.
const WRAPPERS: [(&str, &str); 6] = [
    ("<tool_call>", "</tool_call>"),
    ("<function_call>", "</function_call>"),
    ("[TOOL_CALLS]", ""),
    ("<|python_tag|>", "<|eom_id|>"),
    ("```json", "```"),
    ("```", "```"),
];

/// The calls in `text`, if there are any.
pub(super) fn extract(text: &str) -> Option<Written> {
    wrapped(text).or_else(|| bare(text))
}

fn wrapped(text: &str) -> Option<Written> {
    WRAPPERS.iter().find_map(|(open, close)| {
        let (mut calls, mut rest, mut left) = (Vec::new(), String::new(), text);
        while let Some((before, after)) = left.split_once(open) {
            let (inside, after) =
                if close.is_empty() { (after, "") } else { after.split_once(close).unwrap_or((after, "")) };
            rest.push_str(before);
            calls.extend(parse(inside)?);
            left = after;
        }
        rest.push_str(left);
        (!calls.is_empty()).then(|| Written { calls, rest: words(&rest) })
    })
}

/// JSON without anything around it: from the first brace or bracket to the end, perhaps after a few words.
fn bare(text: &str) -> Option<Written> {
    let start = text.find(['{', '['])?;
    let (before, json) = text.split_at(start);
    let end = json.rfind(['}', ']'])? + 1;
    let (json, after) = json.split_at(end);
    let calls = parse(json)?;
    Some(Written { calls, rest: words(&format!("{before}{after}")) })
}

fn parse(json: &str) -> Option<Vec<Call>> {
    let json = json.trim();
    let value: Value =
        serde_json::from_str(json).ok().or_else(|| serde_json::from_str(&single_braces(json)?).ok())?;
    let calls: Vec<_> = match &value {
        Value::Array(list) => list.iter().map(call).collect::<Option<_>>()?,
        other => vec![call(other)?],
    };
    (!calls.is_empty()).then_some(calls)
}

/// `{{"name": …}}`, as some chat templates show it, with the inner braces doubled as well.
fn single_braces(json: &str) -> Option<String> {
    json.starts_with("{{").then(|| json.replace("{{", "{").replace("}}", "}"))
}

/// The shapes in which a call is written. The name alone does not make one: any JSON may have a name.
fn call(value: &Value) -> Option<Call> {
    let object =
        value.get("function").filter(|function| function.is_object()).unwrap_or(value).as_object()?;
    let name = ["name", "tool", "function", "tool_name"].iter().find_map(|key| object.get(*key)?.as_str())?;
    let given =
        ["arguments", "parameters", "args", "input", "tool_args"].iter().find_map(|key| object.get(*key))?;
    let id = value.get("id").and_then(Value::as_str).unwrap_or_default();
    Some(Call { id: id.to_owned(), name: name.trim().to_owned(), arguments: arguments(Some(given)) })
}

fn words(rest: &str) -> Option<String> {
    let rest = rest.trim();
    (!rest.is_empty()).then(|| rest.to_owned())
}
