//! What Meta checks of a template, and what the customer reads in the end.

use super::error::GraphError;
use super::wish::TemplateWish;
use crate::whatsapp::templates::{TemplateSpec, TemplateStatus};

/// The text of a template that may be sent, and its category.
pub(super) fn filled(wish: &TemplateWish, known: &[TemplateSpec]) -> Result<(String, String), GraphError> {
    let found = known
        .iter()
        .find(|template| template.name == wish.name && template.language == wish.language)
        .filter(|template| !matches!(template.status, TemplateStatus::Pending | TemplateStatus::Rejected));
    let template = found.ok_or_else(|| {
        let details = format!("template name ({}) does not exist in {}", wish.name, wish.language);
        GraphError::of(132001).because(details)
    })?;
    match template.status {
        TemplateStatus::Paused => return Err(GraphError::of(132015)),
        TemplateStatus::Disabled => return Err(GraphError::of(132016)),
        _ => {}
    }
    let placeholders = template.placeholders();
    if placeholders.len() != wish.parameters.len() {
        let details = format!(
            "body: number of localizable_params ({}) does not match the expected number of params ({})",
            wish.parameters.len(),
            placeholders.len()
        );
        return Err(GraphError::of(132000).because(details));
    }
    let mut values = Vec::new();
    for (at, (name, parameter)) in wish.parameters.iter().enumerate() {
        let value = parameter["text"].as_str().filter(|_| parameter["type"] == "text");
        let value =
            value.ok_or_else(|| GraphError::of(132012).because("body: parameter is not of type TEXT"))?;
        if value.is_empty() {
            return Err(GraphError::of(131008).because("Parameter of type text is missing text value"));
        }
        if value.contains(['\n', '\t']) || value.contains("     ") {
            let details = "Param text cannot have new-line/tab characters or more than 4 consecutive spaces";
            return Err(GraphError::of(132018).because(details));
        }
        let number = (at + 1).to_string();
        let name = name.clone().unwrap_or(number);
        if !placeholders.contains(&name.as_str()) {
            return Err(GraphError::of(132012).because("Parameter name is missing or empty"));
        }
        values.push((name, value));
    }
    let value = |wanted: &str| values.iter().find(|(name, _)| name == wanted).map(|(_, value)| *value);
    Ok((template.filled(value), template.category.clone()))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn ask(name: &str, language: &str, texts: &[&str]) -> Result<String, u32> {
        let mut paused = TemplateSpec::new("paused", "en", "Hi");
        paused.status = TemplateStatus::Paused;
        let known = [
            TemplateSpec::new("reminder", "en", "Hi {{1}}, see you at {{2}}."),
            TemplateSpec::new("named", "en", "Hi {{name}}."),
            paused,
        ];
        let parameter = |text: &&str| match text.split_once('=') {
            Some((name, text)) => (Some(name.to_owned()), json!({"type": "text", "text": text})),
            None => (None, json!({"type": "text", "text": text})),
        };
        let wish = TemplateWish {
            name: name.to_owned(),
            language: language.to_owned(),
            parameters: texts.iter().map(parameter).collect(),
        };
        filled(&wish, &known).map(|(text, _)| text).map_err(|error| error.code)
    }

    #[test]
    fn name_language_and_parameters_are_checked() {
        assert_eq!(ask("reminder", "en", &["Maya", "10:00"]), Ok("Hi Maya, see you at 10:00.".to_owned()));
        assert_eq!(ask("named", "en", &["name=Maya"]), Ok("Hi Maya.".to_owned()));
        assert_eq!(ask("named", "en", &["Maya"]), Err(132012));
        assert_eq!(ask("reminder", "en_GB", &["Maya", "10:00"]), Err(132001));
        assert_eq!(ask("nothing", "en", &[]), Err(132001));
        assert_eq!(ask("reminder", "en", &["Maya"]), Err(132000));
        assert_eq!(ask("reminder", "en", &["Maya", "10:00\nsharp"]), Err(132018));
        assert_eq!(ask("paused", "en", &[]), Err(132015));
    }
}
