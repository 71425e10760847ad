//! The `body` of an event.

use serde::{Serialize, Serializer};

use crate::domain::{Content, Location, Media, MediaSource, Referral};

/// What was said, or what happened to a message.
#[derive(Default, Serialize)]
pub(super) struct Body<'a> {
    pub kind: &'static str,
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "masked")]
    pub text: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "masked")]
    pub description: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub payload: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub emoji: Option<&'a str>,
    /// The message that is reacted to, changed or withdrawn.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub target: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reply_to: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub media: Option<MediaJson<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub location: Option<LocationJson<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub contacts: Option<Vec<CardJson<'a>>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub referral: Option<ReferralJson<'a>>,
    /// The provider's name for what we cannot show.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub what: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub code: Option<i64>,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub late: bool,
}

/// Card numbers are not even stored. Everything that depends on the words themselves has looked at them before.
fn masked<S: Serializer>(text: &Option<&str>, serializer: S) -> Result<S::Ok, S::Error> {
    match text.and_then(lexicon::without_card_numbers) {
        Some(masked) => serializer.serialize_some(&masked),
        None => text.serialize(serializer),
    }
}

#[derive(Serialize)]
pub(super) struct MediaJson<'a> {
    /// `message` (fetch by the message's id), `id` or `url`.
    pub source: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub url: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mime_type: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bytes: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub seconds: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub file_name: Option<&'a str>,
}

#[derive(Serialize)]
pub(super) struct LocationJson<'a> {
    pub latitude: f64,
    pub longitude: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub address: Option<&'a str>,
}

#[derive(Serialize)]
pub(super) struct CardJson<'a> {
    pub name: Option<&'a str>,
    pub phones: &'a [String],
}

#[derive(Serialize)]
pub(super) struct ReferralJson<'a> {
    pub source_id: Option<&'a str>,
    pub source_type: Option<&'a str>,
    pub source_url: Option<&'a str>,
    pub headline: Option<&'a str>,
    pub body: Option<&'a str>,
    pub click_id: Option<&'a str>,
}

/// A content as the body of an event.
pub(super) fn shown(content: &Content) -> Body<'_> {
    let body = Body { kind: content.label(), text: content.text(), ..Body::default() };
    match content {
        Content::Text(_) => body,
        Content::Image(media)
        | Content::Voice(media)
        | Content::Audio(media)
        | Content::Video(media)
        | Content::Document(media)
        | Content::Sticker(media) => Body { media: Some(file(media)), ..body },
        Content::Location(place) => Body { location: Some(location(place)), ..body },
        Content::Contacts(cards) => {
            let cards =
                cards.iter().map(|card| CardJson { name: card.name.as_deref(), phones: &card.phones });
            Body { contacts: Some(cards.collect()), ..body }
        }
        Content::ButtonReply(reply) | Content::ListReply(reply) => {
            Body { description: reply.description.as_deref(), payload: reply.payload.as_deref(), ..body }
        }
        Content::Unsupported { what, code } => Body { what: Some(what), code: *code, ..body },
    }
}

fn file(media: &Media) -> MediaJson<'_> {
    let (source, id, url) = match &media.source {
        MediaSource::Message => ("message", None, None),
        MediaSource::Id(id) => ("id", Some(id.as_str()), None),
        MediaSource::Url(url) => ("url", None, Some(url.as_str())),
    };
    MediaJson {
        source,
        id,
        url,
        mime_type: media.mime_type.as_deref(),
        bytes: media.bytes,
        seconds: media.seconds,
        file_name: media.file_name.as_deref(),
    }
}

fn location(place: &Location) -> LocationJson<'_> {
    LocationJson {
        latitude: place.latitude,
        longitude: place.longitude,
        name: place.name.as_deref(),
        address: place.address.as_deref(),
    }
}

/// An advert.
pub(super) fn advert(referral: &Referral) -> ReferralJson<'_> {
    ReferralJson {
        source_id: referral.source_id.as_deref(),
        source_type: referral.source_type.as_deref(),
        source_url: referral.source_url.as_deref(),
        headline: referral.headline.as_deref(),
        body: referral.body.as_deref(),
        click_id: referral.click_id.as_deref(),
    }
}
