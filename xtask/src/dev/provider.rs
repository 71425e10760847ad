//! Whose simulated WhatsApp the conversation goes through.

/// A provider.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Provider {
    /// Evolution API, on the business's own phone.
    #[default]
    Evolution,
    /// Meta's Cloud API.
    Meta,
    /// Twilio's Programmable Messaging.
    Twilio,
}

impl Provider {
    /// Reads its name.
    pub fn parse(word: &str) -> Option<Self> {
        [Self::Evolution, Self::Meta, Self::Twilio].into_iter().find(|provider| provider.word() == word)
    }

    /// As it is written in the bootstrap file and on command lines.
    pub fn word(self) -> &'static str {
        match self {
            Self::Evolution => "evolution",
            Self::Meta => "meta",
            Self::Twilio => "twilio",
        }
    }
}
