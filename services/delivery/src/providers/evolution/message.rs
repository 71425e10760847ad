//! A message in Evolution's words.
//!
//! Buttons and lists exist there and often do not show on the customer's phone, so they go as numbered text. Templates
//! are Meta's; what one says goes as text where the message tells it.

use serde::Serialize;

use crate::domain::causes::Cause;
use crate::domain::content::{Content, Form, Location, Media};
use crate::domain::outcome::Trouble;
use crate::domain::plain;
use crate::providers::Outgoing;
use crate::providers::evolution::number;
use crate::providers::exchange::{self, Payload};

/// A request to be made.
#[derive(Debug)]
pub(super) struct Written {
    /// Behind `/message/`.
    pub route: &'static str,
    pub payload: Payload,
}

/// The body of every route. No `delay`: it would hold the request open while "typing".
#[derive(Serialize)]
struct Body<'a, T> {
    number: &'a str,
    #[serde(flatten)]
    content: T,
    #[serde(skip_serializing_if = "Option::is_none")]
    quoted: Option<Quoted<'a>>,
}

#[derive(Serialize)]
struct Quoted<'a> {
    key: Key<'a>,
}

#[derive(Serialize)]
struct Key<'a> {
    id: &'a str,
}

#[derive(Serialize)]
struct SendText<'a> {
    text: &'a str,
}

#[derive(Serialize)]
struct SendMedia<'a> {
    mediatype: &'static str,
    media: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    mimetype: Option<&'a str>,
    #[serde(rename = "fileName", skip_serializing_if = "Option::is_none")]
    file_name: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    caption: Option<&'a str>,
}

/// All four are required.
#[derive(Serialize)]
struct SendLocation<'a> {
    latitude: f64,
    longitude: f64,
    name: &'a str,
    address: &'a str,
}

/// Writes the request, or says why Evolution cannot take the message.
pub(super) fn write(message: &Outgoing) -> Result<Written, Trouble> {
    match message.form() {
        Form::Template(template) => match template.text.as_deref().filter(|text| !text.is_empty()) {
            Some(text) => text_message(message, text),
            None => Err(Trouble::new(Cause::TemplateMissing)),
        },
        Form::Free(Content::Text { text }) => text_message(message, text),
        Form::Free(content @ (Content::Buttons(_) | Content::List(_) | Content::Template(_))) => {
            text_message(message, &plain::text(content))
        }
        Form::Free(Content::Image(media)) => media_message(message, "image", media),
        Form::Free(Content::Document(media)) => media_message(message, "document", media),
        Form::Free(Content::Audio(media)) => media_message(message, "audio", media),
        Form::Free(Content::Video(media)) => media_message(message, "video", media),
        Form::Free(Content::Location(place)) => location(message, place),
    }
}

fn text_message(message: &Outgoing, text: &str) -> Result<Written, Trouble> {
    written(message, "sendText", SendText { text })
}

fn media_message(message: &Outgoing, mediatype: &'static str, media: &Media) -> Result<Written, Trouble> {
    let content = SendMedia {
        mediatype,
        media: &media.link,
        mimetype: media.mime_type.as_deref(),
        file_name: media.file_name.as_deref(),
        caption: media.text.as_deref(),
    };
    written(message, "sendMedia", content)
}

fn location(message: &Outgoing, place: &Location) -> Result<Written, Trouble> {
    let words = place.words();
    let content = SendLocation {
        latitude: place.latitude,
        longitude: place.longitude,
        name: place.name.as_deref().unwrap_or(&words),
        address: place.address.as_deref().unwrap_or(&words),
    };
    written(message, "sendLocation", content)
}

fn written<T: Serialize>(message: &Outgoing, route: &'static str, content: T) -> Result<Written, Trouble> {
    let number = number::recipient(&message.to)?;
    let quoted = message.said.reply_to.as_deref().map(|id| Quoted { key: Key { id } });
    Ok(Written { route, payload: exchange::json(&Body { number, content, quoted })? })
}
