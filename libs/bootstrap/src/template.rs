//! Which of a provider's templates plays which part on a channel.

use serde_json::{Map, Value, json};

use crate::read::{Table, value};

/// The parts there are, with what is said in each.
pub(crate) const PARTS: [&str; 5] = ["reminder", "booking_confirmed", "moved", "cancelled", "reopen"];

/// How a provider knows its templates.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Named {
    /// By name and language, as Meta does.
    ByName,
    /// By an id for each language, as Twilio does.
    BySid,
}

/// Reads `templates` of a channel: a part is the template's name (or id), or a section that says more.
pub(crate) fn templates(mut table: Table<'_>, named: Named) -> Value {
    let mut parts = Map::new();
    for part in PARTS {
        let declared = if table.is_text(part) {
            table.optional(part, |value| one(value, named))
        } else {
            table.table(part).map(|section| of_section(section, named))
        };
        parts.extend(declared.map(|declared| (part.to_owned(), declared)));
    }
    table.finish();
    Value::Object(parts)
}

fn one(value: &toml::Value, named: Named) -> value::Read<Value> {
    let variant = match named {
        Named::ByName => json!({ "name": name(value)? }),
        Named::BySid => json!({ "content_sid": sid(value)? }),
    };
    Ok(json!({ "variants": [variant] }))
}

fn of_section(mut section: Table<'_>, named: Named) -> Value {
    let variants = match named {
        Named::ByName => by_name(&mut section),
        Named::BySid => by_sid(&mut section),
    };
    let parameters = section.list("parameters", parameter);
    let header = section.optional("header", parameter);
    section.finish();
    let mut part = json!({ "variants": variants, "parameters": parameters });
    if let Some(header) = header {
        part["header"] = header.into();
    }
    part
}

fn by_name(section: &mut Table<'_>) -> Vec<Value> {
    let Some(name) = section.required("name", name) else { return Vec::new() };
    let languages = section.list("languages", language);
    if languages.is_empty() {
        return vec![json!({ "name": name })];
    }
    languages.into_iter().map(|language| json!({ "name": name, "language": language })).collect()
}

/// By language; the first is the one for customers whose language is not there, so one is named for the house's language.
fn by_sid(section: &mut Table<'_>) -> Vec<Value> {
    let sids = section.required("content_sids", value::table).unwrap_or_default();
    let mut variants = Vec::with_capacity(sids.len());
    for (language, value) in &sids {
        match sid(value) {
            Ok(sid) => variants.push(json!({ "language": language, "content_sid": sid })),
            Err(problem) => section.say_of(&format!("content_sids.{language}"), &problem),
        }
    }
    if sids.is_empty() && section.is_well() {
        section.say_of("content_sids", "must name at least one, such as { en = \"HX…\" }");
    }
    variants
}

/// A template's name as Meta keeps it.
fn name(value: &toml::Value) -> value::Read<String> {
    let name = value::text(value)?;
    let letters = name.bytes().all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'_'));
    if letters && name.len() <= 512 {
        Ok(name)
    } else {
        Err("must be a template's name as Meta's console shows it: a-z, 0-9 and _".to_owned())
    }
}

/// A template's id as Twilio gives it.
fn sid(value: &toml::Value) -> value::Read<String> {
    let sid = value::text(value)?;
    let digits = sid
        .strip_prefix("HX")
        .is_some_and(|digits| digits.len() == 32 && digits.bytes().all(|byte| byte.is_ascii_hexdigit()));
    if digits { Ok(sid) } else { Err("must be a ContentSid: HX and 32 hexadecimal digits".to_owned()) }
}

/// A template's language as its provider spells it.
fn language(value: &toml::Value) -> value::Read<String> {
    let language = value::text(value)?;
    let letters = language.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-'));
    if letters && language.len() <= 35 {
        Ok(language)
    } else {
        Err("must be a language as the provider spells it, such as \"en_GB\"".to_owned())
    }
}

/// The name of a variable.
fn parameter(value: &toml::Value) -> value::Read<String> {
    const KNOWN: [&str; 9] = [
        "customerName",
        "businessName",
        "serviceName",
        "barberName",
        "formattedDateTime",
        "timeUntil",
        "cancelWord",
        "confirmPayload",
        "cancelPayload",
    ];
    let name = value::text(value)?;
    if KNOWN.contains(&name.as_str()) {
        Ok(name)
    } else {
        Err(format!("is no variable; known are {}", KNOWN.join(", ")))
    }
}

/// What [`templates`] made, as it would be declared.
pub(crate) fn written(templates: &Value) -> toml::Table {
    let parts = templates.as_object().into_iter().flatten();
    parts.map(|(part, declared)| (part.clone(), written_part(declared))).collect()
}

fn written_part(part: &Value) -> toml::Value {
    let text = |value: &Value| value.as_str().map(|text| toml::Value::String(text.to_owned()));
    let variants = part["variants"].as_array().map(Vec::as_slice).unwrap_or_default();
    // A part that was declared by a name alone says nothing of its parameters.
    if part.get("parameters").is_none() {
        let only =
            variants.first().and_then(|only| text(&only["name"]).or_else(|| text(&only["content_sid"])));
        return only.unwrap_or_else(|| toml::Value::Table(toml::Table::new()));
    }
    let mut section = toml::Table::new();
    section.extend(variants.first().and_then(|first| Some(("name".to_owned(), text(&first["name"])?))));
    let languages: Vec<_> = variants.iter().filter(|variant| variant.get("name").is_some()).collect();
    let languages: Vec<_> = languages.into_iter().filter_map(|variant| text(&variant["language"])).collect();
    let sids = variants.iter().filter_map(|variant| {
        Some((variant["language"].as_str()?.to_owned(), text(&variant["content_sid"])?))
    });
    let sids: toml::Table = sids.collect();
    let parameters = part["parameters"].as_array().into_iter().flatten().filter_map(text).collect();
    for (key, list) in [("languages", languages), ("parameters", parameters)] {
        if !list.is_empty() {
            section.insert(key.to_owned(), toml::Value::Array(list));
        }
    }
    if !sids.is_empty() {
        section.insert("content_sids".to_owned(), toml::Value::Table(sids));
    }
    section.extend(part.get("header").and_then(text).map(|header| ("header".to_owned(), header)));
    toml::Value::Table(section)
}
