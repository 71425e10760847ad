//! Templates: what a provider holds, which of them plays which part on a channel, and whether it may be sent now.
//!
//! Whoever says something names a *part* ("reminder") and its variables by name. Which template that is, in which language,
//! at which provider, and which variable goes into which gap, is the channel's own knowledge: the [`Book`].

use serde::{Deserialize, Serialize};

use crate::domain::text::words;

mod book;
mod check;
mod gaps;
mod parts;

#[cfg(test)]
mod tests;

pub use book::{Book, Listed, Unusable};
pub use check::{Preview, Problem};
pub use parts::{Part, Variant};

words! {
    /// Whether a template may be sent.
    pub enum Status as "template status" {
        /// It may.
        Approved = "approved",
        /// Nobody has decided yet.
        Pending = "pending",
        /// It rests for its bad quality; hours.
        Paused = "paused",
        /// It was not allowed.
        Rejected = "rejected",
        /// It is gone for its bad quality.
        Disabled = "disabled",
        /// The provider has it no more.
        Deleted = "deleted",
        /// Nobody asked WhatsApp to approve it: good inside the window only.
        Unsubmitted = "unsubmitted",
    }
}

words! {
    /// What WhatsApp makes of customers' reactions to it.
    pub enum Quality as "template quality" {
        /// Good.
        Green = "green",
        /// Not good.
        Yellow = "yellow",
        /// Bad: it will be paused soon.
        Red = "red",
        /// Nothing is known.
        Unknown = "unknown",
    }
}

/// A template as its provider holds it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Registered {
    /// Meta: `name/language`; Twilio: its `ContentSid`.
    pub key: String,
    /// Its name.
    pub name: String,
    /// Its language in the provider's spelling, such as `en_GB`.
    pub language: String,
    /// The provider's own id of it.
    pub provider_id: Option<String>,
    /// utility, marketing or authentication.
    pub category: String,
    /// Whether it may be sent.
    pub status: Status,
    /// What WhatsApp makes of it.
    pub quality: Quality,
    /// The provider's words for a status that is not good.
    pub reason: Option<String>,
    /// The line above, if it is text.
    pub header: Option<String>,
    /// The text with its gaps, `{{1}}` or `{{name}}`.
    pub body: String,
    /// The line below.
    pub footer: Option<String>,
    /// What can be tapped, in its order.
    pub buttons: Vec<TemplateButton>,
}

/// Something to tap in a template.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TemplateButton {
    /// `quick_reply`, `url`, `phone_number`, …
    pub kind: String,
    /// What stands on it.
    pub title: String,
}

impl Registered {
    /// How many buttons give back a payload when tapped.
    pub fn quick_replies(&self) -> usize {
        self.buttons.iter().filter(|button| button.kind == "quick_reply").count()
    }

    /// How people call it: name and language.
    pub fn title(&self) -> String {
        format!("{} ({})", self.name, self.language)
    }
}
