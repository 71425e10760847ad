use ids::ItemId;
use jiff::Timestamp;
use lexicon::Mark;
use serde::{Deserialize, Serialize};

/// One thing that arrived in a conversation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Item {
    /// Which.
    pub id: ItemId,
    /// Its place in the conversation.
    pub seq: i64,
    /// What it is.
    pub kind: ItemKind,
    /// What a reader would read: the text, the caption, the words on the button, the emoji of a reaction.
    pub text: Option<String>,
    /// When it was sent, by the provider's clock, where the provider says so.
    pub sent_at: Option<Timestamp>,
    /// When it was accepted.
    pub received_at: Timestamp,
    /// What was recognised when it was accepted.
    pub mark: Option<Mark>,
    /// It never came by webhook and was fetched from the provider's list afterwards.
    #[serde(default)]
    pub late: bool,
}

impl Item {
    /// When the customer sent it, as well as it is known.
    pub fn written_at(&self) -> Timestamp {
        self.sent_at.unwrap_or(self.received_at)
    }
}

/// What an item is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum ItemKind {
    /// Written words.
    Text,
    /// A button we showed was pressed.
    ButtonReply {
        /// What we attached to it.
        payload: Option<String>,
    },
    /// A row of a list we showed was chosen.
    ListReply {
        /// What we attached to it.
        payload: Option<String>,
    },
    /// Recorded speech.
    Voice,
    /// Any other sound.
    Audio,
    /// A picture.
    Image,
    /// A film.
    Video,
    /// A file.
    Document,
    /// A sticker.
    Sticker,
    /// A place.
    Location,
    /// Visiting cards.
    Contacts,
    /// Something the provider itself could not show.
    Unsupported,
    /// An emoji was put on a message.
    Reaction,
    /// A message was changed after it was sent.
    Edit,
    /// A message was withdrawn.
    Revoke,
    /// Staff wrote to the customer from the business's own phone.
    Echo,
    /// The channel's connection changed.
    ChannelState,
}
