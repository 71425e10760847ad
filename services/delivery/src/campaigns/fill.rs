//! Gaps in what is said: `{{name}}` stands for the recipient's value of that name.

use std::collections::BTreeMap;

use serde_json::Value;

/// A content with its gaps filled; `None`: it has none. The error is the name of a value that is missing or empty.
pub fn fill(content: &Value, values: &BTreeMap<String, String>) -> Result<Option<Value>, String> {
    let mut filled = content.clone();
    Ok(each(&mut filled, values)?.then_some(filled))
}

fn each(value: &mut Value, values: &BTreeMap<String, String>) -> Result<bool, String> {
    let mut any = false;
    match value {
        Value::String(text) => {
            if let Some(filled) = words(text, values)? {
                *text = filled;
                any = true;
            }
        }
        Value::Array(items) => {
            for item in items {
                any |= each(item, values)?;
            }
        }
        Value::Object(fields) => {
            for field in fields.values_mut() {
                any |= each(field, values)?;
            }
        }
        _ => {}
    }
    Ok(any)
}

fn words(text: &str, values: &BTreeMap<String, String>) -> Result<Option<String>, String> {
    let mut filled = String::new();
    let (mut rest, mut any) = (text, false);
    while let Some((before, after)) = rest.split_once("{{") {
        filled.push_str(before);
        match after.split_once("}}").filter(|(name, _)| is_name(name.trim())) {
            Some((name, behind)) => {
                let name = name.trim();
                let value = values.get(name).filter(|value| !value.trim().is_empty()).ok_or(name)?;
                filled.push_str(value);
                (rest, any) = (behind, true);
            }
            // A provider's own gap, such as {{1}}, or no gap at all.
            None => {
                filled.push_str("{{");
                rest = after;
            }
        }
    }
    filled.push_str(rest);
    Ok(any.then_some(filled))
}

fn is_name(name: &str) -> bool {
    name.starts_with(|first: char| first.is_ascii_alphabetic())
        && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn gaps_are_filled_wherever_they_are() {
        let values = BTreeMap::from([
            ("name".to_owned(), "Sam {{x}}".to_owned()),
            ("day".to_owned(), "Monday".to_owned()),
        ]);
        let content = json!({"kind": "template", "variables": ["{{name}}", "on {{ day }}"], "text": "{{1}} {{ {{day}}"});
        let expected =
            json!({"kind": "template", "variables": ["Sam {{x}}", "on Monday"], "text": "{{1}} {{ Monday"});
        assert_eq!(fill(&content, &values), Ok(Some(expected)));
        assert_eq!(fill(&json!({"text": "{{1}} and } {"}), &values), Ok(None));
        assert_eq!(fill(&json!({"text": "{{name}} {{title}}"}), &values), Err("title".to_owned()));
    }
}
