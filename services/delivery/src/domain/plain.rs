//! A content as plain text: for providers that lack its form, and for lists in which it is looked for.

use std::fmt::Write as _;

use crate::domain::content::{Buttons, Content, List, Location, Media, Row};

/// The words of a content. Answers to tap become numbered lines, to be answered by typing. A template without words of its
/// own is empty.
pub fn text(content: &Content) -> String {
    match content {
        Content::Text { text } => text.clone(),
        Content::Template(template) => template.text.clone().unwrap_or_default(),
        Content::Buttons(Buttons { self_contained: true, text, .. })
        | Content::List(List { self_contained: true, text, .. }) => text.clone(),
        Content::Buttons(buttons) => numbered_buttons(buttons),
        Content::List(list) => numbered_list(list),
        Content::Image(media) | Content::Document(media) | Content::Audio(media) | Content::Video(media) => {
            caption(media)
        }
        Content::Location(place) => Location::words(place),
    }
}

/// A document as text, for a provider that shows no caption with it: the caption, then the link.
pub fn document(media: &Media) -> String {
    match media.text.as_deref().filter(|text| !text.is_empty()) {
        Some(text) => format!("{text}\n{}", media.link),
        None => String::new(),
    }
}

fn numbered_buttons(Buttons { text, header, footer, buttons, .. }: &Buttons) -> String {
    let answers = buttons.iter().map(|button| (button.title.as_str(), None));
    framed(header.as_deref(), text, answers, footer.as_deref())
}

fn numbered_list(List { text, header, footer, sections, .. }: &List) -> String {
    let rows = sections.iter().flat_map(|section| &section.rows);
    let answers = rows.map(|Row { title, description, .. }| (title.as_str(), description.as_deref()));
    framed(header.as_deref(), text, answers, footer.as_deref())
}

fn framed<'a>(
    header: Option<&str>,
    text: &str,
    answers: impl Iterator<Item = (&'a str, Option<&'a str>)>,
    footer: Option<&str>,
) -> String {
    let mut lines = String::new();
    for (index, (title, description)) in answers.enumerate() {
        let _ = write!(lines, "{}{}. {title}", if index == 0 { "" } else { "\n" }, index + 1);
        if let Some(description) = description {
            let _ = write!(lines, " ({description})");
        }
    }
    let parts = [header, Some(text), Some(lines.as_str()), footer];
    let parts: Vec<&str> = parts.into_iter().flatten().filter(|part| !part.is_empty()).collect();
    parts.join("\n\n")
}

fn caption(media: &Media) -> String {
    media.text.clone().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::domain::content::Said;

    fn plain(body: serde_json::Value) -> String {
        text(&serde_json::from_value::<Said>(body).unwrap().content)
    }

    #[test]
    fn answers_become_numbered_lines() {
        assert_eq!(
            plain(
                json!({"kind": "buttons", "text": "Book it?", "header": "Thu 10:00", "footer": "Harbour Dental",
                "buttons": [{"id": "y", "title": "Yes"}, {"id": "n", "title": "No"}]})
            ),
            "Thu 10:00\n\nBook it?\n\n1. Yes\n2. No\n\nHarbour Dental"
        );
        assert_eq!(
            plain(json!({"kind": "list", "text": "When?", "button": "Choose", "sections": [
                {"title": "Thursday", "rows": [{"id": "a", "title": "10:00", "description": "Dr Lee"}]},
                {"title": "Friday", "rows": [{"id": "b", "title": "11:00"}]}]})),
            "When?\n\n1. 10:00 (Dr Lee)\n2. 11:00"
        );
        assert_eq!(
            plain(json!({"kind": "buttons", "text": "Book it? Reply YES or NO", "self_contained": true,
                "buttons": [{"id": "y", "title": "Yes"}]})),
            "Book it? Reply YES or NO"
        );
    }

    #[test]
    fn the_rest_is_its_words() {
        assert_eq!(
            plain(json!({"kind": "image", "link": "https://example.test/a.png", "text": "A map"})),
            "A map"
        );
        assert_eq!(plain(json!({"kind": "audio", "link": "https://example.test/a.ogg"})), "");
        let here = json!({"kind": "location", "latitude": 51.5, "longitude": -0.1, "name": "Here", "address": "1 Quay"});
        assert_eq!(plain(here), "Here, 1 Quay");
        assert_eq!(plain(json!({"kind": "location", "latitude": 51.5, "longitude": -0.1})), "51.5, -0.1");
    }
}
