//! From the bridge's kinds of content to ours.

use super::content::{
    Advert, Contact, ContextInfo, FlowParams, InteractiveResponse, Kind, Media as WireMedia,
};
use crate::domain::{Content, Location, Media, MediaSource, Referral, Reply};
use crate::providers::loose::{Object, Text};
use crate::providers::vcard;

/// What the person said. `None` for control messages, which say nothing.
pub(super) fn content(kind: &Kind<'_>, message_type: &Text<'_>) -> Option<Content> {
    Some(match kind {
        Kind::Conversation(text) => said(text)?,
        Kind::ExtendedText(extended) => said(&extended.text)?,
        Kind::Image(wire) => Content::Image(media(wire)),
        Kind::Video(wire) => Content::Video(media(wire)),
        Kind::Audio(wire) if wire.ptt.0 == Some(true) => Content::Voice(media(wire)),
        Kind::Audio(wire) => Content::Audio(media(wire)),
        Kind::Document(wire) => Content::Document(media(wire)),
        Kind::Sticker(wire) => Content::Sticker(media(wire)),
        Kind::Location(wire) => match (wire.degrees_latitude.0, wire.degrees_longitude.0) {
            (Some(latitude), Some(longitude)) => Content::Location(Location {
                latitude,
                longitude,
                name: wire.name.to_owned(),
                address: wire.address.to_owned(),
            }),
            // A live location before its first fix.
            _ => unsupported("location without coordinates"),
        },
        Kind::Contact(card) => Content::Contacts(vec![contact(card)]),
        Kind::Contacts(array) => {
            Content::Contacts(array.contacts.iter().flatten().map(|card| contact(&card)).collect())
        }
        Kind::ButtonsResponse(wire) => Content::ButtonReply(Reply {
            text: wire.selected_display_text.get().unwrap_or_default().to_owned(),
            description: None,
            payload: wire.selected_button_id.to_owned(),
        }),
        Kind::TemplateButtonReply(wire) => Content::ButtonReply(Reply {
            text: wire.selected_display_text.get().unwrap_or_default().to_owned(),
            description: None,
            payload: wire.selected_id.to_owned(),
        }),
        Kind::InteractiveResponse(wire) => interactive(wire),
        Kind::ListResponse(wire) => Content::ListReply(Reply {
            text: wire.title.get().unwrap_or_default().to_owned(),
            description: wire.description.to_owned(),
            payload: wire.single_select_reply.get().and_then(|select| select.selected_row_id.to_owned()),
        }),
        Kind::Other(name) => {
            unsupported(message_type.filled().filter(|name| *name != "unknown").unwrap_or(name))
        }
        Kind::Reaction(_) | Kind::Protocol(_) | Kind::Wrapped(_) | Kind::Silent => return None,
    })
}

/// A kind a person sent and we cannot show.
pub(super) fn unsupported(what: &str) -> Content {
    Content::Unsupported { what: what.chars().take(64).collect(), code: None }
}

/// The context object inside a kind.
pub(super) fn context<'k, 'a>(kind: &'k Kind<'a>) -> Option<&'k ContextInfo<'a>> {
    match kind {
        Kind::ExtendedText(wire) => &wire.context_info,
        Kind::Image(wire)
        | Kind::Video(wire)
        | Kind::Audio(wire)
        | Kind::Document(wire)
        | Kind::Sticker(wire) => &wire.context_info,
        Kind::Location(wire) => &wire.context_info,
        Kind::Contact(wire) => &wire.context_info,
        Kind::Contacts(wire) => &wire.context_info,
        Kind::ButtonsResponse(wire) => &wire.context_info,
        Kind::TemplateButtonReply(wire) => &wire.context_info,
        Kind::InteractiveResponse(wire) => &wire.context_info,
        Kind::ListResponse(wire) => &wire.context_info,
        Kind::Conversation(_)
        | Kind::Reaction(_)
        | Kind::Protocol(_)
        | Kind::Wrapped(_)
        | Kind::Silent
        | Kind::Other(_) => {
            return None;
        }
    }
    .get()
}

/// The advert a conversation started from.
pub(super) fn referral(advert: &Object<Advert<'_>>) -> Option<Referral> {
    let advert = advert.get()?;
    // Link previews use the same object without a source.
    (advert.source_id.filled().is_some() || advert.ctwa_clid.filled().is_some()).then(|| Referral {
        source_id: advert.source_id.to_owned(),
        source_type: advert.source_type.to_owned(),
        source_url: advert.source_url.to_owned(),
        headline: advert.title.to_owned(),
        body: advert.body.to_owned(),
        click_id: advert.ctwa_clid.to_owned(),
    })
}

fn said(text: &Text<'_>) -> Option<Content> {
    text.filled().map(|text| Content::Text(text.to_owned()))
}

fn media(wire: &WireMedia<'_>) -> Media {
    Media {
        // `url` and `directPath` lead to ciphertext; the bridge hands the bytes out by message id.
        source: MediaSource::Message,
        caption: wire.caption.to_owned(),
        mime_type: wire.mimetype.to_owned(),
        bytes: wire.file_length.0.and_then(|bytes| u64::try_from(bytes).ok()),
        seconds: wire.seconds.0.and_then(|seconds| u32::try_from(seconds).ok()),
        file_name: wire.file_name.to_owned().or_else(|| wire.title.to_owned()),
    }
}

fn contact(card: &Contact<'_>) -> crate::domain::Card {
    vcard::card(card.display_name.to_owned(), card.vcard.get().unwrap_or_default())
}

/// A tap on something interactive. The id we attached sits in JSON inside a string, which may be anything.
fn interactive(wire: &InteractiveResponse<'_>) -> Content {
    let flow = wire.native_flow_response_message.get();
    let params = flow.and_then(|flow| flow.params_json.get()).unwrap_or_default();
    let payload = serde_json::from_str::<FlowParams<'_>>(params).ok().and_then(|params| params.id.to_owned());
    let text = wire.body.get().and_then(|body| body.text.get()).unwrap_or_default().to_owned();
    let reply = Reply { text, description: None, payload };
    match flow.and_then(|flow| flow.name.get()) {
        Some("single_select" | "menu_options") => Content::ListReply(reply),
        _ => Content::ButtonReply(reply),
    }
}
