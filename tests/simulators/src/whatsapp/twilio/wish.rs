//! What a caller of `POST …/Messages.json` asks for, checked as Twilio checks it.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::callbacks::Hook;
use super::error::TwilioError;
use crate::whatsapp::meta::{digits_of, is_user_id};
use crate::whatsapp::templates::{TemplateSpec, TemplateStatus};

/// The most characters of a text.
const BODY: usize = 1600;

/// The fields of the form as they came; Twilio does not mind unknown ones.
#[derive(Debug)]
pub(super) struct Form(Vec<(String, String)>);

impl Form {
    pub fn of(pairs: Vec<(String, String)>) -> Self {
        Self(pairs)
    }

    /// A field that is there and not empty.
    pub fn get(&self, name: &str) -> Option<&str> {
        let (_, value) = self.0.iter().find(|(key, _)| key == name)?;
        Some(value.as_str()).filter(|value| !value.is_empty())
    }
}

/// A message to be sent.
#[derive(Debug)]
pub(super) struct Message {
    /// The recipient as given.
    pub to: String,
    pub digits: String,
    /// As the customer reads it.
    pub text: String,
    pub content: Content,
    pub media: bool,
    pub callback: Option<Hook>,
}

/// What is said.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Content {
    /// Free words.
    Free,
    /// A template by its `ContentSid`.
    Template {
        sid: String,
        /// Only an approved one is let through outside the window.
        approved: bool,
        /// A placeholder was left without a value, which WhatsApp notices later.
        incomplete: bool,
    },
}

/// The digits of a recipient, for faults, whatever else is wrong with the request.
pub(super) fn digits_hint(form: &Form) -> String {
    form.get("To").and_then(recipient).unwrap_or_default()
}

fn recipient(to: &str) -> Option<String> {
    let person = to.strip_prefix("whatsapp:")?;
    if is_user_id(person) {
        return Some(digits_of(person).to_owned());
    }
    let digits = person.strip_prefix('+')?;
    let fits = (8..=15).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit());
    fits.then(|| digits.to_owned())
}

/// Reads the form of a call.
pub(super) fn read(form: &Form, known: &[TemplateSpec]) -> Result<Message, TwilioError> {
    let to = form.get("To").ok_or_else(|| TwilioError::of(21604))?.to_owned();
    let digits = recipient(&to)
        .ok_or_else(|| TwilioError::of(21211).because(format!("Invalid 'To' Phone Number: {to}")))?;
    let callback = match form.get("StatusCallback") {
        None => None,
        Some(url) => Some(Hook::read(url).map_err(|_| TwilioError::of(21609))?),
    };
    let media = form.get("MediaUrl").is_some();
    let (text, content) = match form.get("ContentSid") {
        Some(sid) => template(sid, form.get("ContentVariables"), known)?,
        None if form.get("ContentVariables").is_some() => return Err(TwilioError::of(21654)),
        None => {
            let body = form.get("Body").filter(|body| !body.trim().is_empty());
            if body.is_none() && !media {
                return Err(TwilioError::of(21619));
            }
            (body.unwrap_or("[media]").to_owned(), Content::Free)
        }
    };
    if text.chars().count() > BODY {
        return Err(TwilioError::of(21617));
    }
    Ok(Message { to, digits, text, content, media, callback })
}

fn template(
    sid: &str,
    variables: Option<&str>,
    known: &[TemplateSpec],
) -> Result<(String, Content), TwilioError> {
    let template = known.iter().find(|template| template.sid.as_deref() == Some(sid));
    let template = template.ok_or_else(|| TwilioError::of(21655))?;
    let values = variables.map_or_else(|| Ok(BTreeMap::new()), values)?;
    let incomplete = template.placeholders().iter().any(|name| !values.contains_key(*name));
    let text = template.filled(|name| values.get(name).map(String::as_str));
    let approved = template.status == TemplateStatus::Approved;
    Ok((text, Content::Template { sid: sid.to_owned(), approved, incomplete }))
}

/// An object of texts that are not empty.
fn values(json: &str) -> Result<BTreeMap<String, String>, TwilioError> {
    let fields: Map<String, Value> = serde_json::from_str(json).map_err(|_| TwilioError::of(21656))?;
    let values = fields.into_iter().map(|(name, value)| match value {
        Value::String(text) if !text.is_empty() => Ok((name, text)),
        _ => Err(TwilioError::of(21656)),
    });
    values.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ask(fields: &[(&str, &str)]) -> Result<Message, u32> {
        let to = ("To", "whatsapp:+447700900123");
        let known = [TemplateSpec::new("reminder", "en", "Hi {{1}}, at {{2}}.").with_sid("HX01")];
        let pairs =
            std::iter::once(&to).filter(|_| fields.iter().all(|(name, _)| *name != "To")).chain(fields);
        let form = Form::of(pairs.map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect());
        read(&form, &known).map_err(|error| error.code)
    }

    #[test]
    fn texts_and_templates_are_read() {
        let message = ask(&[("Body", "Hi"), ("StatusCallback", "http://127.0.0.1:8080/s/1")]).unwrap();
        assert_eq!((message.digits.as_str(), message.text.as_str()), ("447700900123", "Hi"));
        assert!(message.callback.is_some() && message.content == Content::Free);
        let message =
            ask(&[("ContentSid", "HX01"), ("ContentVariables", r#"{"1":"Maya","2":"10:00"}"#)]).unwrap();
        assert_eq!(message.text, "Hi Maya, at 10:00.");
        let message = ask(&[("ContentSid", "HX01"), ("ContentVariables", r#"{"1":"Maya"}"#)]).unwrap();
        assert!(matches!(message.content, Content::Template { approved: true, incomplete: true, .. }));
        let by_id = ask(&[("To", "whatsapp:GB.70412233447700900123"), ("Body", "Hi")]).unwrap();
        assert_eq!(by_id.digits, "447700900123");
    }

    #[test]
    fn what_is_wrong_has_its_code() {
        let long = "x".repeat(1601);
        for (fields, code) in [
            (&[("To", ""), ("Body", "Hi")][..], 21604),
            (&[("To", "+447700900123"), ("Body", "Hi")], 21211),
            (&[("To", "whatsapp:+4477"), ("Body", "Hi")], 21211),
            (&[("Body", " ")], 21619),
            (&[("Body", long.as_str())], 21617),
            (&[("Body", "Hi"), ("StatusCallback", "nowhere")], 21609),
            (&[("ContentSid", "HX02")], 21655),
            (&[("ContentVariables", "{}")], 21654),
            (&[("ContentSid", "HX01"), ("ContentVariables", "Maya")], 21656),
            (&[("ContentSid", "HX01"), ("ContentVariables", r#"{"1":""}"#)], 21656),
        ] {
            assert_eq!(ask(fields).map(|_| ()), Err(code), "{fields:?}");
        }
    }
}
