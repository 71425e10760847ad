//! Arguments of calls, as the schemas in the request want them.

use serde_json::{Map, Value, json};

use super::view::View;
use super::when::When;
use super::words::Words;
use crate::model::answer::Answer;
use crate::model::request::OfferedFunction;

/// A call of `find_slots` for a service and a wish.
pub(super) fn find_slots(view: &View<'_>, service: &str, wish: &When) -> Answer {
    let Some(tool) = view.request.tool("find_slots") else { return Answer::default() };
    let mut arguments = Map::new();
    arguments.insert("service".to_owned(), json!(service));
    let (from, to) = wish.days();
    let from = from.or_else(|| view.calendar.today().filter(|_| requires(tool, "from")));
    let to = to.or_else(|| view.calendar.last().filter(|_| requires(tool, "to")));
    for (name, date, time) in [("from", from, "00:00:00"), ("to", to, "23:59:59")] {
        if let (Some(date), Some(schema)) = (date, property(tool, name)) {
            let with_time = schema.get("format").and_then(Value::as_str) == Some("date-time");
            let text = if with_time { format!("{date}T{time}") } else { date.to_string() };
            arguments.insert(name.to_owned(), json!(text));
        }
    }
    if let Some(part) = wish.part.filter(|part| allows(tool, "part_of_day", part.word())) {
        arguments.insert("part_of_day".to_owned(), json!(part.word()));
    }
    if let Some(staff) = staff(view, tool) {
        arguments.insert("staff".to_owned(), json!(staff));
    }
    Answer::calls("find_slots", Value::Object(arguments))
}

/// A call of `ask_handoff` with the reason that fits best among those the schema knows.
pub(super) fn ask_handoff(view: &View<'_>, fitting: &[&str], summary: &str) -> Answer {
    let known = view.request.tool("ask_handoff").map(|tool| values(tool, "reason")).unwrap_or_default();
    let holds = |value: &str, word: &str| {
        Words::of(&value.replace(['_', '-'], " ")).iter().any(|said| said.starts_with(word))
    };
    let best = fitting.iter().find_map(|word| known.iter().find(|value| holds(value, word)));
    let reason = best.or(known.first()).or(fitting.first()).copied();
    Answer::calls("ask_handoff", json!({"reason": reason.unwrap_or_default(), "summary": summary}))
}

/// A call of `set_reply_language`, if the tool is offered and knows the language.
pub(super) fn set_reply_language(view: &View<'_>) -> Option<Answer> {
    let language = view.new_language()?;
    let tool = view.request.tool("set_reply_language")?;
    let known = values(tool, "language");
    let value = match known.iter().find(|value| value.starts_with(language.code())) {
        Some(value) => *value,
        None if known.is_empty() => language.code(),
        None => return None,
    };
    Some(Answer::calls("set_reply_language", json!({"language": value})))
}

/// The member of staff named: one the schema lists, or one the prompt shows as `Ana Silva (ana)`.
fn staff(view: &View<'_>, tool: &OfferedFunction) -> Option<String> {
    property(tool, "staff")?;
    let said = |name: &str| {
        let names = Words::of(&name.replace(['_', '-'], " "));
        names.iter().any(|word| word.len() > 2 && view.words.has(&[word]))
    };
    let listed = values(tool, "staff").into_iter().find(|name| said(name));
    listed.map(str::to_owned).or_else(|| {
        shown_staff(&view.prompt).find(|(name, slug)| said(name) || said(slug)).map(|(_, slug)| slug)
    })
}

/// Names with their slugs in parentheses, after "with".
fn shown_staff(prompt: &str) -> impl Iterator<Item = (String, String)> {
    let lists = prompt.lines().filter_map(|line| line.split_once(" with ").map(|(_, staff)| staff));
    lists.flat_map(|staff| staff.split(',')).filter_map(|one| {
        let (name, slug) = one.split_once('(')?;
        Some((name.trim().to_owned(), slug.split(')').next()?.trim().to_owned()))
    })
}

fn property<'a>(tool: &'a OfferedFunction, name: &str) -> Option<&'a Value> {
    tool.parameters.get("properties")?.get(name)
}

fn values<'a>(tool: &'a OfferedFunction, name: &str) -> Vec<&'a str> {
    let list = property(tool, name).and_then(|schema| schema.get("enum")).and_then(Value::as_array);
    list.into_iter().flatten().filter_map(Value::as_str).collect()
}

fn allows(tool: &OfferedFunction, name: &str, value: &str) -> bool {
    let known = values(tool, name);
    property(tool, name).is_some() && (known.is_empty() || known.contains(&value))
}

fn requires(tool: &OfferedFunction, name: &str) -> bool {
    let required = tool.parameters.get("required").and_then(Value::as_array);
    required.into_iter().flatten().any(|field| field == name)
}
