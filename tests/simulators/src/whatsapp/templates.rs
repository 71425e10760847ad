//! Message templates as the providers keep them.

use serde::{Deserialize, Serialize};

/// What became of a template's review.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum TemplateStatus {
    /// May be sent.
    #[default]
    Approved,
    /// Nobody looked at it yet.
    Pending,
    /// Was not allowed.
    Rejected,
    /// Resting for its bad quality.
    Paused,
    /// Gone for its bad quality.
    Disabled,
}

impl TemplateStatus {
    /// Meta's word.
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Approved => "APPROVED",
            Self::Pending => "PENDING",
            Self::Rejected => "REJECTED",
            Self::Paused => "PAUSED",
            Self::Disabled => "DISABLED",
        }
    }
}

/// One template in one language.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TemplateSpec {
    /// How Meta knows it.
    pub name: String,
    /// How Twilio knows it: its `ContentSid`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sid: Option<String>,
    /// Its language, as `en` or `en_GB`.
    pub language: String,
    /// The text with its placeholders, `{{1}}` or `{{name}}`.
    pub body: String,
    /// utility, marketing or authentication.
    #[serde(default = "utility")]
    pub category: String,
    /// Whether it may be sent.
    #[serde(default)]
    pub status: TemplateStatus,
    /// What stands on its quick-reply buttons.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub buttons: Vec<String>,
}

fn utility() -> String {
    "utility".to_owned()
}

impl TemplateSpec {
    /// An approved utility template.
    pub fn new(name: impl Into<String>, language: impl Into<String>, body: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            sid: None,
            language: language.into(),
            body: body.into(),
            category: utility(),
            status: TemplateStatus::Approved,
            buttons: Vec::new(),
        }
    }

    /// The one every account of Meta begins with.
    pub fn hello_world() -> Self {
        let body = "Welcome and congratulations! This message demonstrates your ability to send a message.";
        Self::new("hello_world", "en_US", body)
    }

    /// Gives it a `ContentSid`.
    #[must_use]
    pub fn with_sid(mut self, sid: impl Into<String>) -> Self {
        self.sid = Some(sid.into());
        self
    }

    /// Gives it quick-reply buttons.
    #[must_use]
    pub fn with_buttons(mut self, titles: &[&str]) -> Self {
        self.buttons = titles.iter().map(|title| (*title).to_owned()).collect();
        self
    }

    /// Gives it a status.
    #[must_use]
    pub fn with_status(mut self, status: TemplateStatus) -> Self {
        self.status = status;
        self
    }

    /// The names of its placeholders in the order of the text, each once.
    pub(super) fn placeholders(&self) -> Vec<&str> {
        let mut names: Vec<&str> = Vec::new();
        for (part, _) in self.body.split("{{").skip(1).filter_map(|part| part.split_once("}}")) {
            if !names.contains(&part.trim()) {
                names.push(part.trim());
            }
        }
        names
    }

    /// The text with its placeholders filled in; what `value` does not know stays as it is.
    pub(super) fn filled<'v>(&self, value: impl Fn(&str) -> Option<&'v str>) -> String {
        let mut parts = self.body.split("{{");
        let mut text = parts.next().unwrap_or_default().to_owned();
        for part in parts {
            match part.split_once("}}").map(|(name, rest)| (value(name.trim()), rest)) {
                Some((Some(value), rest)) => {
                    text.push_str(value);
                    text.push_str(rest);
                }
                _ => {
                    text.push_str("{{");
                    text.push_str(part);
                }
            }
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn placeholders_are_found_and_filled() {
        let template =
            TemplateSpec::new("reminder", "en", "Hi {{1}}, {{ 2 }} is at {{3}}. Bye, {{1}}. {{broken");
        assert_eq!(template.placeholders(), ["1", "2", "3"]);
        let value = |name: &str| match name {
            "1" => Some("Maya"),
            "2" => Some("your visit {{3}}"),
            _ => None,
        };
        assert_eq!(template.filled(value), "Hi Maya, your visit {{3}} is at {{3}}. Bye, Maya. {{broken");
    }
}
