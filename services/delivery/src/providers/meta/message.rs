//! A message in Meta's words.

use serde::Serialize;
use serde_json::{Value, json};

use crate::domain::causes::Cause;
use crate::domain::content::{Content, Form, Location, Media};
use crate::domain::outcome::Trouble;
use crate::domain::plain;
use crate::providers::Outgoing;
use crate::providers::exchange::{self, Payload};
use crate::providers::meta::recipient::{Recipient, recipient};
use crate::providers::meta::{interactive, template};

/// Characters of a text.
const LONGEST_TEXT: usize = 4096;

/// Characters of a caption.
const LONGEST_CAPTION: usize = 1024;

#[derive(Serialize)]
struct Body<'a> {
    messaging_product: &'static str,
    recipient_type: &'static str,
    #[serde(flatten)]
    recipient: Recipient<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    context: Option<Value>,
    /// Comes back with every status.
    biz_opaque_callback_data: String,
    #[serde(flatten)]
    content: Value,
}

/// Writes the request, or says why Meta would not take the message.
pub(super) fn write(message: &Outgoing) -> Result<Payload, Trouble> {
    exchange::json(&Body {
        messaging_product: "whatsapp",
        recipient_type: "individual",
        recipient: recipient(&message.to)?,
        context: message.said.reply_to.as_deref().map(|id| json!({"message_id": id})),
        biz_opaque_callback_data: format!("fd:{}", message.reference.uuid()),
        content: content(message.form())?,
    })
}

fn content(form: Form<'_>) -> Result<Value, Trouble> {
    let content = match form {
        Form::Template(template) | Form::Free(Content::Template(template)) => {
            return template::write(template);
        }
        Form::Free(content) => content,
    };
    match content {
        Content::Text { text } => text_message(text),
        // What does not fit Meta's buttons goes as numbered text.
        Content::Buttons(buttons) => {
            interactive::buttons(buttons).map_or_else(|| text_message(&plain::text(content)), Ok)
        }
        Content::List(list) => {
            interactive::list(list).map_or_else(|| text_message(&plain::text(content)), Ok)
        }
        Content::Image(media) | Content::Document(media) | Content::Audio(media) | Content::Video(media) => {
            media_message(content.kind(), media)
        }
        Content::Location(place) => Ok(location(place)),
        Content::Template(template) => template::write(template),
    }
}

fn text_message(text: &str) -> Result<Value, Trouble> {
    fits(text, LONGEST_TEXT)?;
    Ok(json!({"type": "text", "text": {"body": text}}))
}

fn media_message(kind: &'static str, media: &Media) -> Result<Value, Trouble> {
    let mut object = json!({"link": media.link});
    if let Some(caption) = media.text.as_deref().filter(|_| kind != "audio") {
        fits(caption, LONGEST_CAPTION)?;
        object["caption"] = caption.into();
    }
    if let Some(name) = media.file_name.as_deref().filter(|_| kind == "document") {
        object["filename"] = name.into();
    }
    Ok(json!({"type": kind, kind: object}))
}

fn location(place: &Location) -> Value {
    let mut object = json!({"latitude": place.latitude, "longitude": place.longitude});
    if let Some(name) = &place.name {
        object["name"] = name.as_str().into();
    }
    if let Some(address) = &place.address {
        object["address"] = address.as_str().into();
    }
    json!({"type": "location", "location": object})
}

fn fits(text: &str, longest: usize) -> Result<(), Trouble> {
    let length = text.chars().count();
    if length <= longest {
        return Ok(());
    }
    Err(Trouble::because(Cause::TooLarge, format!("{length} characters; WhatsApp takes {longest}")))
}
