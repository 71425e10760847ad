//! A message in Twilio's words.
//!
//! Buttons and lists exist there only as templates made beforehand, so those of a message go as numbered text. A quotation
//! cannot be sent.

use std::time::Duration;

use form_urlencoded::Serializer;
use serde_json::{Map, Value};

use crate::domain::causes::Cause;
use crate::domain::content::{Content, Form, Location, Media, Template, Variables};
use crate::domain::outcome::Trouble;
use crate::domain::plain;
use crate::providers::Outgoing;
use crate::providers::exchange::Payload;
use crate::providers::twilio::account::Account;
use crate::providers::twilio::recipient::recipient;

/// Characters of a body.
const LONGEST_BODY: usize = 1600;

/// The longest Twilio keeps a message it cannot hand on, and its own default.
const LONGEST_VALIDITY: Duration = Duration::from_secs(36_000);

/// The fields of a request.
#[derive(Default)]
struct Fields(Vec<(&'static str, String)>);

/// Writes the request, or says why Twilio would not take the message.
pub(super) fn write(account: &Account, message: &Outgoing) -> Result<Payload, Trouble> {
    let mut fields = Fields::default();
    fields.add("To", recipient(&message.to)?);
    fields.add("From", account.from());
    match message.form() {
        Form::Template(template) | Form::Free(Content::Template(template)) => fields.template(template)?,
        Form::Free(Content::Image(media) | Content::Video(media) | Content::Audio(media)) => {
            fields.media(media, media.text.as_deref())?;
        }
        Form::Free(Content::Document(media)) => fields.document(media)?,
        Form::Free(Content::Location(place)) => fields.location(place)?,
        Form::Free(content) => fields.body(&plain::text(content))?,
    }
    if let Some(url) = account.callback(message.reference) {
        fields.add("StatusCallback", url);
    }
    if let Some(useful_for) = message.useful_for.filter(|useful_for| *useful_for < LONGEST_VALIDITY) {
        fields.add("ValidityPeriod", useful_for.as_secs().max(1).to_string());
    }
    Ok(Payload::Form(fields.encoded()))
}

impl Fields {
    fn add(&mut self, name: &'static str, value: impl Into<String>) {
        self.0.push((name, value.into()));
    }

    fn body(&mut self, text: &str) -> Result<(), Trouble> {
        let length = text.chars().count();
        if length > LONGEST_BODY {
            let words = format!("{length} characters; Twilio takes {LONGEST_BODY}");
            return Err(Trouble::because(Cause::TooLarge, words));
        }
        self.add("Body", text);
        Ok(())
    }

    fn template(&mut self, template: &Template) -> Result<(), Trouble> {
        let Some(sid) = template.content_sid.as_deref().filter(|sid| !sid.is_empty()) else {
            return Err(Trouble::because(
                Cause::TemplateMissing,
                "content_sid of Twilio's template is needed",
            ));
        };
        self.add("ContentSid", sid);
        let variables: Map<String, Value> = match &template.variables {
            Variables::Ordered(values) => {
                let numbered = values.iter().enumerate();
                numbered.map(|(index, value)| ((index + 1).to_string(), value.as_str().into())).collect()
            }
            Variables::Named(values) => {
                values.iter().map(|(name, value)| (name.clone(), value.as_str().into())).collect()
            }
        };
        if !variables.is_empty() {
            self.add("ContentVariables", Value::Object(variables).to_string());
        }
        Ok(())
    }

    fn media(&mut self, media: &Media, caption: Option<&str>) -> Result<(), Trouble> {
        if let Some(caption) = caption.filter(|caption| !caption.is_empty()) {
            self.body(caption)?;
        }
        self.add("MediaUrl", media.link.as_str());
        Ok(())
    }

    /// A document comes without its caption, so one that has a caption goes as text with its link.
    fn document(&mut self, media: &Media) -> Result<(), Trouble> {
        match plain::document(media) {
            text if text.is_empty() => self.media(media, None),
            text => self.body(&text),
        }
    }

    fn location(&mut self, place: &Location) -> Result<(), Trouble> {
        self.body(&place.words())?;
        let label = place.name.as_deref().or(place.address.as_deref());
        let label = label.map(|label| format!("|{label}")).unwrap_or_default();
        self.add("PersistentAction", format!("geo:{},{}{label}", place.latitude, place.longitude));
        Ok(())
    }

    fn encoded(&self) -> Vec<u8> {
        let pairs = self.0.iter().map(|(name, value)| (*name, value.as_str()));
        Serializer::new(String::new()).extend_pairs(pairs).finish().into_bytes()
    }
}
