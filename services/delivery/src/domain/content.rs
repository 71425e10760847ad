//! What a message says, as the column `body` holds it. `delivery.is_content` (in SQL) lets nothing else in.
//!
//! `text` is what the customer reads, in every kind that has words: transcripts and people who look need no other field.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};

use crate::domain::plain;

#[cfg(test)]
mod tests;

/// A content with what stands around it. Its debug form tells nothing about the customer.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub struct Said {
    /// What is said.
    #[serde(flatten)]
    pub content: Content,
    /// The provider's id of the message this one answers, shown as a quotation where the provider can.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reply_to: Option<String>,
    /// What to send instead where only an approved template may go.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fallback: Option<Template>,
}

/// The kinds of content.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Content {
    /// Plain text.
    Text {
        /// The text.
        text: String,
    },
    /// A template approved by WhatsApp.
    Template(Template),
    /// A text with up to a handful of answers to tap.
    Buttons(Buttons),
    /// A text with a list of answers to choose from.
    List(List),
    /// A picture.
    Image(Media),
    /// A file.
    Document(Media),
    /// A recording. It has no caption anywhere.
    Audio(Media),
    /// A film.
    Video(Media),
    /// A place.
    Location(Location),
}

/// A template with its variables: by the part it plays, or by the names the providers know it under.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Template {
    /// The part it plays, such as `reminder`: the channel says which template that is, see [`crate::domain::templates`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub part: Option<String>,
    /// Meta's name of it. Empty: Meta does not have it.
    #[serde(default)]
    pub name: String,
    /// Meta's code of its language, such as `en_GB`; with a part, the language the customer should read.
    #[serde(default)]
    pub language: String,
    /// Twilio's id of it, `HX…`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub content_sid: Option<String>,
    /// What goes into its gaps.
    #[serde(default)]
    pub variables: Variables,
    /// The gap of its header, if it has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub header: Option<String>,
    /// What its quick-reply buttons give back when tapped, in their order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub buttons: Vec<String>,
    /// What it says, for people who look and for providers without templates.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
}

/// The variables of a template: by place, or by name.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Variables {
    /// The first goes into `{{1}}`.
    Ordered(Vec<String>),
    /// By the names the template gives them.
    Named(BTreeMap<String, String>),
}

/// A text and answers to tap.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Buttons {
    /// The text.
    pub text: String,
    /// A line above it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub header: Option<String>,
    /// A line below it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub footer: Option<String>,
    /// The answers.
    pub buttons: Vec<Button>,
    /// The text says by itself how to answer in words: where nothing can be tapped it goes as it is.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub self_contained: bool,
}

/// One answer to tap.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Button {
    /// What comes back when it is tapped.
    pub id: String,
    /// What stands on it.
    pub title: String,
}

/// A text and a list of answers.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct List {
    /// The text.
    pub text: String,
    /// A line above it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub header: Option<String>,
    /// A line below it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub footer: Option<String>,
    /// What stands on the button that opens the list.
    pub button: String,
    /// The answers, in groups.
    pub sections: Vec<Section>,
    /// The text says by itself how to answer in words: where nothing can be tapped it goes as it is.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub self_contained: bool,
}

/// A group of answers.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Section {
    /// Its title; needed when there are several.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// Its answers.
    pub rows: Vec<Row>,
}

/// One answer of a list.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Row {
    /// What comes back when it is chosen.
    pub id: String,
    /// What it says.
    pub title: String,
    /// What it says below.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
}

/// A file behind a link that opens for everybody.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Media {
    /// Where it is.
    pub link: String,
    /// The caption.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// The name a document is shown under.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub file_name: Option<String>,
    /// Its type, where it is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mime_type: Option<String>,
}

/// A place on the map.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub struct Location {
    /// Degrees north.
    pub latitude: f64,
    /// Degrees east.
    pub longitude: f64,
    /// Its name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Its postal address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub address: Option<String>,
}

/// The form in which a message leaves.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Form<'a> {
    /// As its content is.
    Free(&'a Content),
    /// As a template approved by WhatsApp.
    Template(&'a Template),
}

impl Said {
    /// Plain text and nothing else.
    pub fn text(text: impl Into<String>) -> Self {
        Self { content: Content::Text { text: text.into() }, reply_to: None, fallback: None }
    }

    /// The form in which it leaves. `as_template`: its fallback is to go, if it has one.
    pub fn form(&self, as_template: bool) -> Form<'_> {
        match (&self.content, &self.fallback) {
            (Content::Template(template), _) => Form::Template(template),
            (_, Some(fallback)) if as_template => Form::Template(fallback),
            (content, _) => Form::Free(content),
        }
    }

    /// It is free content and names a template to go as instead.
    pub fn has_fallback(&self) -> bool {
        self.fallback.is_some() && !matches!(self.content, Content::Template(_))
    }

    /// Everything in it that must not show elsewhere. Words of one or two letters are left out: they give nothing away,
    /// and taking them out would make a riddle of every sentence.
    pub fn private(&self) -> Vec<&str> {
        let mut words = Vec::new();
        self.content.words(&mut words);
        self.fallback.iter().for_each(|template| template.words(&mut words));
        words.retain(|words| words.chars().count() > 2);
        words
    }
}

impl Content {
    /// The word of its kind.
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Text { .. } => "text",
            Self::Template(_) => "template",
            Self::Buttons(_) => "buttons",
            Self::List(_) => "list",
            Self::Image(_) => "image",
            Self::Document(_) => "document",
            Self::Audio(_) => "audio",
            Self::Video(_) => "video",
            Self::Location(_) => "location",
        }
    }

    fn words<'a>(&'a self, into: &mut Vec<&'a str>) {
        match self {
            Self::Text { text } => into.push(text),
            Self::Template(template) => template.words(into),
            Self::Buttons(Buttons { text, header, footer, buttons, self_contained: _ }) => {
                into.push(text);
                into.extend(header.as_deref());
                into.extend(footer.as_deref());
                into.extend(buttons.iter().flat_map(|button| [button.title.as_str(), button.id.as_str()]));
            }
            Self::List(List { text, header, footer, button: _, sections, self_contained: _ }) => {
                into.push(text);
                into.extend(header.as_deref());
                into.extend(footer.as_deref());
                for row in sections.iter().flat_map(|section| &section.rows) {
                    into.extend([row.title.as_str(), row.id.as_str()]);
                    into.extend(row.description.as_deref());
                }
            }
            Self::Image(media) | Self::Document(media) | Self::Audio(media) | Self::Video(media) => {
                into.push(&media.link);
                into.extend(media.text.as_deref());
                into.extend(media.file_name.as_deref());
            }
            Self::Location(place) => {
                into.extend(place.name.as_deref());
                into.extend(place.address.as_deref());
            }
        }
    }
}

impl Template {
    fn words<'a>(&'a self, into: &mut Vec<&'a str>) {
        into.extend(self.text.as_deref());
        into.extend(self.header.as_deref());
        into.extend(self.buttons.iter().map(String::as_str));
        match &self.variables {
            Variables::Ordered(values) => into.extend(values.iter().map(String::as_str)),
            Variables::Named(values) => into.extend(values.values().map(String::as_str)),
        }
    }
}

impl Default for Variables {
    fn default() -> Self {
        Self::Ordered(Vec::new())
    }
}

impl Location {
    /// The place in words: name and address, or its coordinates.
    pub fn words(&self) -> String {
        let words: Vec<&str> = [&self.name, &self.address].into_iter().filter_map(Option::as_deref).collect();
        if words.is_empty() { format!("{}, {}", self.latitude, self.longitude) } else { words.join(", ") }
    }
}

impl fmt::Debug for Said {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Said").field("content", &self.content).finish_non_exhaustive()
    }
}

impl fmt::Debug for Content {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}({} bytes)", self.kind(), plain::text(self).len())
    }
}

impl fmt::Debug for Template {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Template").field("name", &self.name).finish_non_exhaustive()
    }
}
