//! A message of a customer. Decided by the fields that are there, not by `MessageType`, which varies.

use addressing::{Bsuid, WaId};

use super::fields::Fields;
use super::message_sid;
use crate::domain::{
    Card, Content, InboundEvent, Location, Media, MediaSource, Message, Peer, Referral, Reply,
};

pub(super) fn message(fields: &Fields<'_>) -> Result<InboundEvent, String> {
    Ok(InboundEvent::Message(Message {
        provider_id: message_sid(fields)?,
        peer: peer(fields)?,
        name: fields.owned("ProfileName"),
        sent_at: None,
        reply_to: fields.owned("OriginalRepliedMessageSid"),
        referral: referral(fields),
        content: content(fields),
    }))
}

/// `From` is a number or, for people who hide it, a business-scoped id; `ExternalUserId` is that id in both cases.
fn peer(fields: &Fields<'_>) -> Result<Peer, String> {
    let from = fields.get("From").ok_or("From is missing")?;
    let name = from.strip_prefix("whatsapp:").ok_or("From is not a WhatsApp address")?;
    let external = fields.get("ExternalUserId");
    let external = external.map(|id| id.strip_prefix("whatsapp:").unwrap_or(id));
    let bsuid = [Some(name), external].into_iter().flatten().find_map(|id| Bsuid::parse(id).ok());
    let wa_id = fields.get("WaId").and_then(|id| WaId::parse(id).ok()).or_else(|| WaId::parse(name).ok());
    if wa_id.is_none() && bsuid.is_none() {
        return Err("neither From nor ExternalUserId names a person".to_owned());
    }
    Ok(Peer::new(wa_id, None, bsuid, from.to_owned()))
}

fn content(fields: &Fields<'_>) -> Content {
    let body = fields.get("Body");
    let text = || body.unwrap_or_default().to_owned();
    if fields.has("ButtonPayload") || fields.has("ButtonText") {
        return Content::ButtonReply(Reply {
            text: fields.owned("ButtonText").unwrap_or_else(text),
            description: None,
            payload: fields.owned("ButtonPayload"),
        });
    }
    if fields.has("ListId") || fields.has("ListTitle") {
        return Content::ListReply(Reply {
            text: fields.owned("ListTitle").unwrap_or_else(text),
            description: fields.owned("ListDescription"),
            payload: fields.owned("ListId"),
        });
    }
    if let (Some(latitude), Some(longitude)) = (degrees(fields, "Latitude"), degrees(fields, "Longitude")) {
        return Content::Location(Location {
            latitude,
            longitude,
            name: fields.owned("Label"),
            address: fields.owned("Address"),
        });
    }
    if let Some(url) = fields.get("MediaUrl0") {
        return media(fields, url, body);
    }
    match body {
        Some(text) => Content::Text(text.to_owned()),
        None => {
            let what = fields.get("MessageType").unwrap_or("empty").chars().take(64).collect();
            Content::Unsupported { what, code: None }
        }
    }
}

fn degrees(fields: &Fields<'_>, name: &str) -> Option<f64> {
    fields.get(name)?.trim().parse().ok().filter(|degrees: &f64| degrees.is_finite())
}

/// WhatsApp allows one file per message.
fn media(fields: &Fields<'_>, url: &str, caption: Option<&str>) -> Content {
    let mime_type = fields.owned("MediaContentType0");
    let kind = mime_type.as_deref().unwrap_or_default().to_ascii_lowercase();
    if kind.starts_with("text/vcard") || kind.starts_with("text/x-vcard") {
        // The card itself is behind the URL.
        return Content::Contacts(vec![Card { name: caption.map(str::to_owned), phones: Vec::new() }]);
    }
    let media = Media {
        source: MediaSource::Url(url.to_owned()),
        caption: caption.map(str::to_owned),
        mime_type,
        bytes: None,
        seconds: None,
        file_name: None,
    };
    match kind.split_once('/').map_or("", |(family, _)| family) {
        "image" if fields.get("MessageType") == Some("sticker") => Content::Sticker(media),
        "image" => Content::Image(media),
        "video" => Content::Video(media),
        // Voice notes are recorded as Ogg; files people share are not.
        "audio" if kind.starts_with("audio/ogg") => Content::Voice(media),
        "audio" => Content::Audio(media),
        _ => Content::Document(media),
    }
}

fn referral(fields: &Fields<'_>) -> Option<Referral> {
    (fields.get("ReferralSourceId").is_some() || fields.get("ReferralCtwaClid").is_some()).then(|| Referral {
        source_id: fields.owned("ReferralSourceId"),
        source_type: fields.owned("ReferralSourceType"),
        source_url: fields.owned("ReferralSourceUrl"),
        headline: fields.owned("ReferralHeadline"),
        body: fields.owned("ReferralBody"),
        click_id: fields.owned("ReferralCtwaClid"),
    })
}
