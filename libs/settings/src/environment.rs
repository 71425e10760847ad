//! Values from the environment. They are raw texts, typed by the default at their path: a telephone number, a token
//! made of digits or a password that reads `true` stays the text it is.

use std::collections::BTreeMap;

use toml::{Table, Value};

use crate::Problem;
use crate::known::{self, Found};
use crate::layer::{Layer, type_name};

const PREFIX: &str = "FRONTDESK_";

/// Names that belong to the project's tasks, which hand their environment on to the services they start.
const NOT_OURS: [&str; 2] = ["FRONTDESK_DATABASE_URL", "FRONTDESK_NATS_URL"];

/// One layer per variable, so that each value remembers the variable that gave it.
pub(crate) fn layers(
    defaults: &Table,
    foreign: &[String],
    variables: &BTreeMap<String, String>,
    problems: &mut Vec<Problem>,
) -> Vec<Layer> {
    let mut layers = Vec::new();
    for (variable, raw) in variables {
        let Some(name) = variable.strip_prefix(PREFIX) else { continue };
        if !name.contains("__") {
            problems.extend(single_underscore(defaults, variable, name));
            continue;
        }
        let path: Vec<String> = name.split("__").map(str::to_ascii_lowercase).collect();
        if path.first().is_some_and(|section| foreign.contains(section)) {
            continue;
        }
        match value(defaults, variables, variable, raw, path) {
            Ok((path, value)) => layers.push(Layer { origin: variable.clone(), values: nest(&path, value) }),
            Err(problem) => problems.push(problem),
        }
    }
    layers
}

/// The path that a variable sets, and the value, typed.
fn value(
    defaults: &Table,
    variables: &BTreeMap<String, String>,
    variable: &str,
    raw: &str,
    mut path: Vec<String>,
) -> Result<(Vec<String>, Value), Problem> {
    if let Some(found) = known::find(defaults, &path) {
        return Ok((path.clone(), typed(found, raw, &path.join("."), variable)?));
    }
    // Not a key of its own: perhaps the file form of one.
    let whole = path.join(".");
    let Some(found) = strip_file(&mut path).then(|| known::find(defaults, &path)).flatten() else {
        return Err(known::unknown(defaults, whole, variable));
    };
    let key = path.join(".");
    if let Some(direct) = variable.strip_suffix("_FILE").filter(|direct| variables.contains_key(*direct)) {
        return Err(Problem::Twice { key, variable: direct.to_owned() });
    }
    let text = std::fs::read_to_string(raw)
        .map_err(|source| Problem::ValueFile { variable: variable.to_owned(), source })?;
    let value = typed(found, text.trim_end_matches(['\r', '\n']), &key, variable)?;
    Ok((path, value))
}

fn strip_file(path: &mut [String]) -> bool {
    let Some(last) = path.last_mut() else { return false };
    let Some(stem) = last.strip_suffix("_file") else { return false };
    *last = stem.to_owned();
    true
}

/// Reads a raw text as the type that the default has.
fn typed(found: Found<'_>, raw: &str, key: &str, variable: &str) -> Result<Value, Problem> {
    let Found::Default(default) = found else { return Ok(Value::String(raw.to_owned())) };
    let read = match default {
        Value::String(_) => Some(Value::String(raw.to_owned())),
        Value::Integer(_) => raw.trim().parse().ok().map(Value::Integer),
        Value::Float(_) => raw.trim().parse().ok().filter(|value: &f64| value.is_finite()).map(Value::Float),
        Value::Boolean(_) => raw.trim().parse().ok().map(Value::Boolean),
        Value::Array(defaults) => list(defaults.first(), raw, key, variable)?,
        Value::Table(_) | Value::Datetime(_) => None,
    };
    read.ok_or_else(|| Problem::Type {
        key: key.to_owned(),
        origin: variable.to_owned(),
        expected: type_name(default),
        found: "a text that is none",
    })
}

/// `a, b` or `["a", "b"]`. Items have the type of the default's first item; an empty default means texts.
fn list(first: Option<&Value>, raw: &str, key: &str, variable: &str) -> Result<Option<Value>, Problem> {
    if raw.trim_start().starts_with('[') {
        let table = format!("list = {raw}").parse::<Table>().ok();
        return Ok(table.and_then(|mut table| table.remove("list")).filter(Value::is_array));
    }
    let text = Value::String(String::new());
    raw.split(',')
        .map(str::trim)
        .filter(|item| !item.is_empty())
        .map(|item| typed(Found::Default(first.unwrap_or(&text)), item, key, variable))
        .collect::<Result<Vec<_>, _>>()
        .map(|items| Some(Value::Array(items)))
}

fn nest(path: &[String], value: Value) -> Table {
    let mut path = path.iter().rev();
    let mut table = Table::new();
    if let Some(last) = path.next() {
        table.insert(last.clone(), value);
    }
    path.fold(table, |inner, name| Table::from_iter([(name.clone(), Value::Table(inner))]))
}

/// `FRONTDESK_INGEST_HTTP` is almost certainly meant to be `FRONTDESK_INGEST__HTTP`; silence would cost an hour.
fn single_underscore(defaults: &Table, variable: &str, name: &str) -> Option<Problem> {
    if NOT_OURS.contains(&variable) {
        return None;
    }
    let flat = name.to_ascii_lowercase();
    let meant = known::paths(defaults).into_iter().find(|key| {
        let key = key.replace('.', "_");
        key.contains('_') && (key == flat || flat.strip_suffix("_file") == Some(&key))
    })?;
    if !meant.contains('.') {
        return None;
    }
    let nearest = format!("{PREFIX}{}", meant.replace('.', "__").to_ascii_uppercase());
    Some(Problem::Unknown {
        key: variable.to_owned(),
        origin: "the environment".to_owned(),
        nearest: Some(nearest),
    })
}

/// Keeps what may concern us from an environment; names and values that are not text cannot.
pub(crate) fn ours(variables: impl IntoIterator<Item = (String, String)>) -> BTreeMap<String, String> {
    variables.into_iter().filter(|(name, _)| name.starts_with(PREFIX)).collect()
}
