//! The providers, and what their rules ask of a message.

use std::time::Duration;

use crate::domain::content::{Content, Form};
use crate::domain::plain;
use crate::domain::text::words;

words! {
    /// Whose interface a channel speaks.
    pub enum ProviderKind as "provider" {
        /// An Evolution server: a number on the business's own phone.
        Evolution = "evolution",
        /// Meta's Cloud API.
        Meta = "meta",
        /// Twilio's Programmable Messaging.
        Twilio = "twilio",
    }
}

/// WhatsApp's customer-service window, counted from the customer's last message.
const WINDOW: Duration = Duration::from_secs(24 * 60 * 60);

impl ProviderKind {
    /// How long after the customer's last message anything but a template may go. `None`: for ever.
    pub const fn window(self) -> Option<Duration> {
        match self {
            // A phone may always write.
            Self::Evolution => None,
            Self::Meta | Self::Twilio => Some(WINDOW),
        }
    }

    /// The words under which a message shows in the provider's list and echoes. `None`: it is not told by its words
    /// there, or there is no list.
    pub fn shown_as(self, form: Form<'_>) -> Option<String> {
        let words = match (self, form) {
            (Self::Meta, _) | (Self::Twilio, Form::Template(_)) => return None,
            (Self::Evolution, Form::Template(template)) => template.text.clone().unwrap_or_default(),
            (Self::Evolution, Form::Free(Content::Location(_))) => return None,
            (Self::Twilio, Form::Free(Content::Document(document))) => plain::document(document),
            (Self::Evolution | Self::Twilio, Form::Free(content)) => plain::text(content),
        };
        Some(words).filter(|words| !words.trim().is_empty())
    }
}
