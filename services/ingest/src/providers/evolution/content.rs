//! The content object of WhatsApp as the bridge shows it: one key names the kind, and wrappers hide it.

use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer, IgnoredAny, MapAccess, Visitor};

use super::key::Key;
use crate::providers::loose::{Decimal, Flag, Integer, Object, Pieces, Text};

/// How many wrappers are opened. Real messages have at most three; a sender of more wants something else.
const MAX_WRAPPERS: usize = 6;

/// A content object.
#[derive(Debug, Default)]
pub(super) struct Content<'a> {
    kind: Option<Kind<'a>>,
}

/// What one key of a content object holds.
#[derive(Debug)]
pub(super) enum Kind<'a> {
    Conversation(Text<'a>),
    ExtendedText(Box<ExtendedText<'a>>),
    Image(Box<Media<'a>>),
    Video(Box<Media<'a>>),
    Audio(Box<Media<'a>>),
    Document(Box<Media<'a>>),
    Sticker(Box<Media<'a>>),
    Location(Box<Location<'a>>),
    Contact(Box<Contact<'a>>),
    Contacts(Box<ContactsArray<'a>>),
    ButtonsResponse(Box<ButtonsResponse<'a>>),
    TemplateButtonReply(Box<TemplateButtonReply<'a>>),
    InteractiveResponse(Box<InteractiveResponse<'a>>),
    ListResponse(Box<ListResponse<'a>>),
    Reaction(Box<Reaction<'a>>),
    Protocol(Box<Protocol<'a>>),
    /// A wrapper around another content object.
    Wrapped(Box<Content<'a>>),
    /// Said around a message, and by nobody: the frame of an album, a pin, the note of a call.
    Silent,
    /// A kind we do not show.
    Other(String),
}

impl<'a> Content<'a> {
    /// The innermost kind: what the person sent, out of its wrappers.
    pub fn innermost(&self) -> Option<&Kind<'a>> {
        let mut content = self;
        for _ in 0..=MAX_WRAPPERS {
            match content.kind.as_ref()? {
                Kind::Wrapped(inner) => content = inner,
                kind => return Some(kind),
            }
        }
        None
    }

    /// The first key that says something wins; an empty `conversation` beside a real kind says nothing.
    fn put(&mut self, kind: Option<Kind<'a>>) {
        let Some(kind) = kind else { return };
        let silent = |kind: &Kind<'_>| match kind {
            Kind::Conversation(text) => text.filled().is_none(),
            Kind::Wrapped(inner) => inner.kind.is_none(),
            Kind::Other(_) | Kind::Silent => true,
            _ => false,
        };
        if self.kind.as_ref().is_none_or(|present| silent(present) && !silent(&kind)) {
            self.kind = Some(kind);
        }
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Content<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(ContentVisitor)
    }
}

struct ContentVisitor;

impl<'de> Visitor<'de> for ContentVisitor {
    type Value = Content<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a content object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut content = Content::default();
        while let Some(key) = map.next_key::<Text<'de>>()? {
            let kind = read(key.get().unwrap_or_default(), &mut map)?;
            content.put(kind);
        }
        Ok(content)
    }
}

/// Reads the value of one key of a content object.
fn read<'de, A: MapAccess<'de>>(key: &str, map: &mut A) -> Result<Option<Kind<'de>>, A::Error> {
    /// The value as an object, made a kind.
    macro_rules! object {
        ($kind:path) => {
            map.next_value::<Object<_>>()?.0.map($kind)
        };
    }
    Ok(match key {
        "conversation" => Some(Kind::Conversation(map.next_value()?)),
        "extendedTextMessage" => object!(Kind::ExtendedText),
        "imageMessage" => object!(Kind::Image),
        "videoMessage" | "ptvMessage" => object!(Kind::Video),
        "audioMessage" => object!(Kind::Audio),
        "documentMessage" => object!(Kind::Document),
        "stickerMessage" => object!(Kind::Sticker),
        "locationMessage" | "liveLocationMessage" => object!(Kind::Location),
        "contactMessage" => object!(Kind::Contact),
        "contactsArrayMessage" => object!(Kind::Contacts),
        "buttonsResponseMessage" => object!(Kind::ButtonsResponse),
        "templateButtonReplyMessage" => object!(Kind::TemplateButtonReply),
        "interactiveResponseMessage" => object!(Kind::InteractiveResponse),
        "listResponseMessage" => object!(Kind::ListResponse),
        "reactionMessage" => object!(Kind::Reaction),
        "protocolMessage" => object!(Kind::Protocol),
        // Not what the person sent: keys for decryption, and what the bridge adds beside the content.
        "messageContextInfo" | "senderKeyDistributionMessage" | "base64" | "mediaUrl" | "speechToText" => {
            map.next_value::<IgnoredAny>()?;
            None
        }
        // An album's pictures come one by one; what becomes of a pin, a call or an encrypted reaction is not ours to answer.
        "albumMessage"
        | "pinInChatMessage"
        | "keepInChatMessage"
        | "encReactionMessage"
        | "callLogMesssage"
        | "stickerSyncRmrMessage" => object!(silent),
        // Wrappers are known by what they hold: `ephemeralMessage`, `viewOnceMessageV2`, `editedMessage` and a dozen others, and
        // new ones with every year.
        other => {
            let other = other.chars().take(64).collect();
            let value = map.next_value::<Object<Wrapper<'de>>>()?.0;
            value.map(|wrapper| wrapper.message.0.map_or(Kind::Other(other), Kind::Wrapped))
        }
    })
}

fn silent<'a>(_: IgnoredAny) -> Kind<'a> {
    Kind::Silent
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Wrapper<'a> {
    #[serde(borrow)]
    message: Object<Box<Content<'a>>>,
}

/// What a message answers, and the advert it came from.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct ContextInfo<'a> {
    #[serde(borrow)]
    pub stanza_id: Text<'a>,
    #[serde(borrow)]
    pub external_ad_reply: Object<Advert<'a>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct Advert<'a> {
    #[serde(borrow)]
    pub title: Text<'a>,
    #[serde(borrow)]
    pub body: Text<'a>,
    #[serde(borrow)]
    pub source_id: Text<'a>,
    #[serde(borrow)]
    pub source_type: Text<'a>,
    #[serde(borrow)]
    pub source_url: Text<'a>,
    #[serde(borrow)]
    pub ctwa_clid: Text<'a>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct ExtendedText<'a> {
    #[serde(borrow)]
    pub text: Text<'a>,
    #[serde(borrow)]
    pub context_info: Object<ContextInfo<'a>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct Media<'a> {
    #[serde(borrow)]
    pub caption: Text<'a>,
    #[serde(borrow)]
    pub mimetype: Text<'a>,
    pub file_length: Integer,
    pub seconds: Integer,
    pub ptt: Flag,
    #[serde(borrow)]
    pub file_name: Text<'a>,
    #[serde(borrow)]
    pub title: Text<'a>,
    #[serde(borrow)]
    pub context_info: Object<ContextInfo<'a>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct Location<'a> {
    pub degrees_latitude: Decimal,
    pub degrees_longitude: Decimal,
    #[serde(borrow)]
    pub name: Text<'a>,
    #[serde(borrow)]
    pub address: Text<'a>,
    #[serde(borrow)]
    pub context_info: Object<ContextInfo<'a>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct Contact<'a> {
    #[serde(borrow)]
    pub display_name: Text<'a>,
    #[serde(borrow)]
    pub vcard: Text<'a>,
    #[serde(borrow)]
    pub context_info: Object<ContextInfo<'a>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct ContactsArray<'a> {
    #[serde(borrow)]
    pub contacts: Pieces<'a, Contact<'a>>,
    #[serde(borrow)]
    pub context_info: Object<ContextInfo<'a>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct ButtonsResponse<'a> {
    #[serde(borrow)]
    pub selected_button_id: Text<'a>,
    #[serde(borrow)]
    pub selected_display_text: Text<'a>,
    #[serde(borrow)]
    pub context_info: Object<ContextInfo<'a>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct TemplateButtonReply<'a> {
    #[serde(borrow)]
    pub selected_id: Text<'a>,
    #[serde(borrow)]
    pub selected_display_text: Text<'a>,
    #[serde(borrow)]
    pub context_info: Object<ContextInfo<'a>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct InteractiveResponse<'a> {
    #[serde(borrow)]
    pub body: Object<InteractiveBody<'a>>,
    #[serde(borrow)]
    pub native_flow_response_message: Object<NativeFlow<'a>>,
    #[serde(borrow)]
    pub context_info: Object<ContextInfo<'a>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct InteractiveBody<'a> {
    #[serde(borrow)]
    pub text: Text<'a>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct NativeFlow<'a> {
    #[serde(borrow)]
    pub name: Text<'a>,
    /// JSON inside a string.
    #[serde(borrow)]
    pub params_json: Text<'a>,
}

/// What `params_json` holds, as far as we need it.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct FlowParams<'a> {
    #[serde(borrow)]
    pub id: Text<'a>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct ListResponse<'a> {
    #[serde(borrow)]
    pub title: Text<'a>,
    #[serde(borrow)]
    pub description: Text<'a>,
    #[serde(borrow)]
    pub single_select_reply: Object<SingleSelect<'a>>,
    #[serde(borrow)]
    pub context_info: Object<ContextInfo<'a>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct SingleSelect<'a> {
    #[serde(borrow)]
    pub selected_row_id: Text<'a>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct Reaction<'a> {
    #[serde(borrow)]
    pub key: Object<Key<'a>>,
    #[serde(borrow)]
    pub text: Text<'a>,
}

/// A control message: an edit, a revocation, or something between the devices.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct Protocol<'a> {
    #[serde(borrow)]
    pub key: Object<Key<'a>>,
    /// Name or number.
    #[serde(borrow)]
    pub r#type: Text<'a>,
    #[serde(borrow)]
    pub edited_message: Object<Box<Content<'a>>>,
    pub timestamp_ms: Integer,
}
