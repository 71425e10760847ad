//! The contract's contents in the form of the column `body`.

use contract::delivery::v1::{self as api, content::Kind};
use rpc::Failure;
use serde_json::Value;

use crate::domain::content::{
    Button, Buttons, Content, List, Location, Media, Row, Said, Section, Template, Variables,
};

/// The form of a content that rows hold.
pub fn body(given: api::Content) -> Result<Value, Failure> {
    let kind =
        given.kind.ok_or_else(|| Failure::invalid("content", "says nothing", "give one of its kinds"))?;
    let content = match kind {
        Kind::Text(text) => Content::Text { text },
        Kind::Template(it) => Content::Template(template(it)),
        Kind::Buttons(it) => Content::Buttons(Buttons {
            text: it.text,
            header: filled(it.header),
            footer: filled(it.footer),
            buttons: it.buttons.into_iter().map(|api::Button { id, title }| Button { id, title }).collect(),
            self_contained: false,
        }),
        Kind::List(it) => Content::List(List {
            text: it.text,
            header: filled(it.header),
            footer: filled(it.footer),
            button: it.button,
            sections: it.sections.into_iter().map(section).collect(),
            self_contained: false,
        }),
        Kind::Image(it) => Content::Image(media(it)),
        Kind::Document(it) => Content::Document(media(it)),
        Kind::Audio(it) => Content::Audio(media(it)),
        Kind::Video(it) => Content::Video(media(it)),
        Kind::Location(it) => Content::Location(Location {
            latitude: it.latitude,
            longitude: it.longitude,
            name: filled(it.name),
            address: filled(it.address),
        }),
    };
    let said = Said { content, reply_to: filled(given.reply_to), fallback: given.fallback.map(template) };
    serde_json::to_value(said).map_err(Failure::internal)
}

/// A template as rows hold it.
pub fn template(given: api::TemplateContent) -> Template {
    let variables = if given.named_variables.is_empty() {
        Variables::Ordered(given.variables)
    } else {
        Variables::Named(given.named_variables.into_iter().collect())
    };
    Template {
        part: filled(given.part),
        name: given.name,
        language: given.language,
        content_sid: filled(given.content_sid),
        variables,
        header: filled(given.header),
        buttons: given.buttons,
        text: filled(given.text),
    }
}

fn section(given: api::ListSection) -> Section {
    let row = |row: api::ListRow| Row { id: row.id, title: row.title, description: filled(row.description) };
    Section { title: filled(given.title), rows: given.rows.into_iter().map(row).collect() }
}

fn media(given: api::Media) -> Media {
    Media {
        link: given.link,
        text: filled(given.text),
        file_name: filled(given.file_name),
        mime_type: filled(given.mime_type),
    }
}

fn filled(text: String) -> Option<String> {
    Some(text).filter(|text| !text.is_empty())
}
