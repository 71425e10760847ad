/// What a message says.
#[derive(Debug, Clone, PartialEq)]
pub enum Content {
    /// Written words.
    Text(String),
    /// A still picture.
    Image(Media),
    /// A recording made to be heard as speech.
    Voice(Media),
    /// Any other sound file.
    Audio(Media),
    /// A film, round ones included.
    Video(Media),
    /// A file.
    Document(Media),
    /// A sticker.
    Sticker(Media),
    /// A place, shared once or live.
    Location(Location),
    /// Visiting cards.
    Contacts(Vec<Card>),
    /// A button we showed was pressed.
    ButtonReply(Reply),
    /// A row of a list we showed was chosen.
    ListReply(Reply),
    /// A person sent something we cannot show. It opens the 24-hour window all the same and may deserve an answer.
    Unsupported {
        /// The provider's name for it.
        what: String,
        /// The provider's error code for it.
        code: Option<i64>,
    },
}

impl Content {
    /// Name of the kind, as it stands in the events we hand on.
    #[must_use]
    pub const fn label(&self) -> &'static str {
        match self {
            Self::Text(_) => "text",
            Self::Image(_) => "image",
            Self::Voice(_) => "voice",
            Self::Audio(_) => "audio",
            Self::Video(_) => "video",
            Self::Document(_) => "document",
            Self::Sticker(_) => "sticker",
            Self::Location(_) => "location",
            Self::Contacts(_) => "contacts",
            Self::ButtonReply(_) => "button_reply",
            Self::ListReply(_) => "list_reply",
            Self::Unsupported { .. } => "unsupported",
        }
    }

    /// What a reader would read: text, caption, or the words on the button.
    #[must_use]
    pub fn text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            Self::Image(media)
            | Self::Voice(media)
            | Self::Audio(media)
            | Self::Video(media)
            | Self::Document(media)
            | Self::Sticker(media) => media.caption.as_deref(),
            Self::ButtonReply(reply) | Self::ListReply(reply) => Some(&reply.text),
            Self::Location(_) | Self::Contacts(_) | Self::Unsupported { .. } => None,
        }
    }
}

/// A file and where it can be had.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Media {
    /// Where to fetch it.
    pub source: MediaSource,
    /// The words beside it.
    pub caption: Option<String>,
    /// Its media type, parameters included (`audio/ogg; codecs=opus`).
    pub mime_type: Option<String>,
    /// Its length in bytes.
    pub bytes: Option<u64>,
    /// Its duration in seconds.
    pub seconds: Option<u32>,
    /// The name the sender's device gave it.
    pub file_name: Option<String>,
}

/// Where a file can be had. URLs that lead to ciphertext or die within minutes are left out on purpose.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum MediaSource {
    /// From the provider, by the id of the message itself.
    #[default]
    Message,
    /// From the provider, by an id of its own.
    Id(String),
    /// From an address that answers to the channel's credentials.
    Url(String),
}

/// A place.
#[derive(Debug, Clone, PartialEq)]
pub struct Location {
    /// Degrees north.
    pub latitude: f64,
    /// Degrees east.
    pub longitude: f64,
    /// What the place is called.
    pub name: Option<String>,
    /// Its postal address.
    pub address: Option<String>,
}

/// A visiting card.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Card {
    /// The name on it.
    pub name: Option<String>,
    /// The numbers on it, as written.
    pub phones: Vec<String>,
}

/// A press on something we offered.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Reply {
    /// The words the customer saw.
    pub text: String,
    /// The second line of a list row.
    pub description: Option<String>,
    /// What we attached to it.
    pub payload: Option<String>,
}

/// The advert a conversation started from.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Referral {
    /// The provider's id of the advert.
    pub source_id: Option<String>,
    /// `ad`, `post`, …
    pub source_type: Option<String>,
    /// Where it was shown.
    pub source_url: Option<String>,
    /// Its headline.
    pub headline: Option<String>,
    /// Its text.
    pub body: Option<String>,
    /// The click, for attribution.
    pub click_id: Option<String>,
}
