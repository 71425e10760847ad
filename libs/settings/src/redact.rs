use toml::{Table, Value};

use crate::layer::join;

const HIDDEN: &str = "[hidden]";

/// Endings of names that are hidden although nobody listed them. Too much hidden is harmless.
const SECRET_NAMES: [&str; 4] = ["token", "secret", "password", "key"];

/// Replaces every secret in place: the listed keys, keys with a telling name, and passwords inside URLs.
pub(crate) fn redact(values: &mut Table, secrets: &[String]) {
    walk(values, "", secrets);
}

fn walk(table: &mut Table, path: &str, secrets: &[String]) {
    for (name, value) in table.iter_mut() {
        let key = join(path, name);
        hide(value, &key, is_secret(&key, secrets), secrets);
    }
}

fn hide(value: &mut Value, key: &str, secret: bool, secrets: &[String]) {
    match value {
        Value::Table(inner) if !secret => walk(inner, key, secrets),
        Value::Array(items) if !secret => {
            items.iter_mut().for_each(|item| hide(item, key, false, secrets));
        }
        // An empty secret is shown as empty: that nothing was given is what a person looks for.
        Value::String(text) if secret && text.is_empty() => {}
        Value::String(text) if !secret => hide_userinfo(text),
        value if secret => *value = Value::String(HIDDEN.to_owned()),
        _ => {}
    }
}

pub(crate) fn is_secret(key: &str, secrets: &[String]) -> bool {
    let name = key.rsplit('.').next().unwrap_or(key);
    let telling = SECRET_NAMES
        .iter()
        .any(|ending| name == *ending || name.strip_suffix(ending).is_some_and(|stem| stem.ends_with('_')));
    telling || secrets.iter().any(|secret| secret == key)
}

/// `nats://user:pass@host` becomes `nats://[hidden]@host`, for each URL in a comma-separated list.
fn hide_userinfo(text: &mut String) {
    let clean: Vec<String> = text
        .split(',')
        .map(|part| match part.split_once("://") {
            Some((scheme, rest)) => match rest.rsplit_once('@') {
                Some((_, host)) => format!("{scheme}://{HIDDEN}@{host}"),
                None => part.to_owned(),
            },
            None => part.to_owned(),
        })
        .collect();
    *text = clean.join(",");
}
