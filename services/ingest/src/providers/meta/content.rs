//! From Meta's kinds of message to ours.

use super::wire::{Interactive, Message as Wire, WireCard, WireMedia};
use crate::domain::{Card, Content, Location, Media, MediaSource, Reply};
use crate::providers::loose::Object;

/// What the message says. A kind we do not know, and a known kind that Meta could not fill, is `Unsupported`: the
/// person wrote all the same.
pub(super) fn content(wire: &Wire<'_>) -> Result<Content, String> {
    let kind = wire.r#type.filled().ok_or("the message has no type")?;
    let read = match kind {
        "text" => {
            let body = wire.text.get().and_then(|text| text.body.get()).ok_or("text.body is missing")?;
            Some(Content::Text(body.to_owned()))
        }
        "image" => media(&wire.image).map(Content::Image),
        "video" => media(&wire.video).map(Content::Video),
        "document" => media(&wire.document).map(Content::Document),
        "sticker" => media(&wire.sticker).map(Content::Sticker),
        "audio" => {
            let voice = wire.audio.get().is_some_and(|audio| audio.voice.0 == Some(true));
            media(&wire.audio).map(if voice { Content::Voice } else { Content::Audio })
        }
        "location" => wire.location.get().and_then(|place| {
            Some(Content::Location(Location {
                latitude: place.latitude.0?,
                longitude: place.longitude.0?,
                name: place.name.to_owned(),
                address: place.address.to_owned(),
            }))
        }),
        "contacts" => {
            Some(Content::Contacts(wire.contacts.iter().flatten().map(|wire| card(&wire)).collect()))
        }
        "button" => wire.button.get().map(|button| {
            Content::ButtonReply(Reply {
                text: button.text.get().unwrap_or_default().to_owned(),
                description: None,
                payload: button.payload.to_owned(),
            })
        }),
        "interactive" => wire.interactive.get().and_then(interactive),
        _ => None,
    };
    Ok(read.unwrap_or_else(|| unsupported(wire, kind)))
}

fn unsupported(wire: &Wire<'_>, kind: &str) -> Content {
    let inner = wire.unsupported.get().and_then(|unsupported| unsupported.r#type.filled());
    let what = inner.unwrap_or(kind).chars().take(64).collect();
    let code = wire.errors.iter().flatten().find_map(|error| error.code.0);
    Content::Unsupported { what, code }
}

fn media(wire: &Object<WireMedia<'_>>) -> Option<Media> {
    let wire = wire.get()?;
    Some(Media {
        // `url` lives for minutes; the id can be asked for a new one.
        source: MediaSource::Id(wire.id.to_owned()?),
        caption: wire.caption.to_owned(),
        mime_type: wire.mime_type.to_owned(),
        bytes: None,
        seconds: None,
        file_name: wire.filename.to_owned(),
    })
}

fn card(wire: &WireCard<'_>) -> Card {
    let name = wire
        .name
        .get()
        .and_then(|name| name.formatted_name.to_owned().or_else(|| name.first_name.to_owned()));
    Card { name, phones: wire.phones.iter().flatten().filter_map(|phone| phone.phone.to_owned()).collect() }
}

fn interactive(wire: &Interactive<'_>) -> Option<Content> {
    if let Some(button) = wire.button_reply.get() {
        return Some(Content::ButtonReply(Reply {
            text: button.title.get().unwrap_or_default().to_owned(),
            description: None,
            payload: button.id.to_owned(),
        }));
    }
    if let Some(row) = wire.list_reply.get() {
        return Some(Content::ListReply(Reply {
            text: row.title.get().unwrap_or_default().to_owned(),
            description: row.description.to_owned(),
            payload: row.id.to_owned(),
        }));
    }
    let form = wire.nfm_reply.get()?;
    Some(Content::ButtonReply(Reply {
        text: form.body.to_owned().or_else(|| form.name.to_owned()).unwrap_or_default(),
        description: None,
        payload: form.response_json.to_owned(),
    }))
}
