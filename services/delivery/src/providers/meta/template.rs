//! An approved template with its variables.

use serde_json::{Value, json};

use crate::domain::causes::Cause;
use crate::domain::content::{Template, Variables};
use crate::domain::outcome::Trouble;

/// Writes the template, or says that Meta does not have it.
pub(super) fn write(template: &Template) -> Result<Value, Trouble> {
    if template.name.is_empty() || template.language.is_empty() {
        return Err(Trouble::because(
            Cause::TemplateMissing,
            "name and language of Meta's template are needed",
        ));
    }
    let mut components = Vec::new();
    if let Some(header) = &template.header {
        components.push(json!({"type": "header", "parameters": [parameter(None, header)]}));
    }
    let gaps: Vec<Value> = match &template.variables {
        Variables::Ordered(values) => values.iter().map(|value| parameter(None, value)).collect(),
        Variables::Named(values) => values.iter().map(|(name, value)| parameter(Some(name), value)).collect(),
    };
    if !gaps.is_empty() {
        components.push(json!({"type": "body", "parameters": gaps}));
    }
    for (index, payload) in template.buttons.iter().enumerate() {
        components.push(json!({
            "type": "button", "sub_type": "quick_reply", "index": index.to_string(),
            "parameters": [{"type": "payload", "payload": payload}],
        }));
    }
    let mut object = json!({"name": template.name, "language": {"code": template.language}});
    if !components.is_empty() {
        object["components"] = components.into();
    }
    Ok(json!({"type": "template", "template": object}))
}

fn parameter(name: Option<&str>, value: &str) -> Value {
    match name {
        Some(name) => json!({"type": "text", "parameter_name": name, "text": value}),
        None => json!({"type": "text", "text": value}),
    }
}
