//! What WhatsApp would refuse for certain, found before it is queued. `delivery.is_content` has the last word.

use rpc::Violation;

use super::request::wrong;
use crate::domain::content::{Button, Content, List, Media, Row, Said, Template, Variables};

/// The most characters of a text anywhere.
const LONGEST_TEXT: usize = 4096;

/// Everything that is wrong with a content, by field.
pub fn said(said: &Said) -> Vec<Violation> {
    let mut found = Vec::new();
    content(&said.content, &mut found);
    if let Some(fallback) = &said.fallback {
        template("fallback", fallback, &mut found);
    }
    found
}

fn content(content: &Content, found: &mut Vec<Violation>) {
    match content {
        Content::Text { text } => words("text", text, found),
        Content::Template(it) => template("content", it, found),
        Content::Buttons(it) => {
            words("content.text", &it.text, found);
            if it.buttons.is_empty() {
                found.push(wrong("content.buttons", "is empty", "give one answer or more"));
            }
            for Button { id, title } in &it.buttons {
                filled("content.buttons.id", id, found);
                filled("content.buttons.title", title, found);
            }
        }
        Content::List(it) => list(it, found),
        Content::Image(it) | Content::Document(it) | Content::Video(it) => media(it, found),
        Content::Audio(it) => {
            media(it, found);
            if it.text.is_some() {
                found.push(wrong(
                    "content.text",
                    "cannot go with a recording",
                    "send the text as a message of its own",
                ));
            }
        }
        Content::Location(place) => {
            for (field, degrees, most) in
                [("content.latitude", place.latitude, 90.0), ("content.longitude", place.longitude, 180.0)]
            {
                if degrees.is_nan() || degrees.abs() > most {
                    found.push(wrong(
                        field,
                        "is no place on earth",
                        format!("give degrees from -{most} to {most}"),
                    ));
                }
            }
        }
    }
}

fn list(list: &List, found: &mut Vec<Violation>) {
    words("content.text", &list.text, found);
    filled("content.button", &list.button, found);
    if list.sections.is_empty() {
        found.push(wrong("content.sections", "is empty", "give one group of answers or more"));
    }
    for section in &list.sections {
        if section.rows.is_empty() {
            found.push(wrong("content.sections.rows", "is empty", "give one answer or more"));
        }
        for Row { id, title, .. } in &section.rows {
            filled("content.sections.rows.id", id, found);
            filled("content.sections.rows.title", title, found);
        }
    }
}

fn media(media: &Media, found: &mut Vec<Violation>) {
    let rest = media.link.strip_prefix("https://").or_else(|| media.link.strip_prefix("http://"));
    if rest.is_none_or(str::is_empty) {
        found.push(wrong("content.link", "is no link", "give an address that begins with https://"));
    }
    if let Some(text) = &media.text {
        words("content.text", text, found);
    }
}

fn template(field: &str, template: &Template, found: &mut Vec<Violation>) {
    if let Some(part) = &template.part {
        filled(&format!("{field}.part"), part, found);
        if matches!(&template.variables, Variables::Ordered(values) if !values.is_empty()) {
            let problem = "stand by their place, where a part's are known by their names";
            found.push(wrong(
                &format!("{field}.variables"),
                problem,
                "give each its name, such as customerName",
            ));
        }
        return;
    }
    let has_sid = template.content_sid.as_ref().is_some_and(|sid| !sid.is_empty());
    if !has_sid && (template.name.is_empty() || template.language.is_empty()) {
        let problem = "names no template";
        found.push(wrong(
            field,
            problem,
            "give name and language (Meta), content_sid (Twilio), or the part it plays",
        ));
    }
}

fn words(field: &str, text: &str, found: &mut Vec<Violation>) {
    filled(field, text, found);
    let long = text.chars().count();
    if long > LONGEST_TEXT {
        found.push(wrong(field, format!("has {long} characters"), format!("give at most {LONGEST_TEXT}")));
    }
}

fn filled(field: &str, text: &str, found: &mut Vec<Violation>) {
    if text.trim().is_empty() {
        found.push(wrong(field, "is missing", "give it"));
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn fields(body: Value) -> Vec<String> {
        let body: Said = serde_json::from_value(body).unwrap();
        said(&body).into_iter().map(|wrong| wrong.field).collect()
    }

    #[test]
    fn each_kind_names_what_it_lacks() {
        for (body, expected) in [
            (json!({"kind": "text", "text": " "}), vec!["text"]),
            (json!({"kind": "text", "text": "x".repeat(4097)}), vec!["text"]),
            (json!({"kind": "template", "name": "a"}), vec!["content"]),
            (json!({"kind": "template", "content_sid": "HX1"}), vec![]),
            (json!({"kind": "template", "part": "reopen"}), vec![]),
            (json!({"kind": "template", "part": "reopen", "variables": {"customerName": "Sam"}}), vec![]),
            (json!({"kind": "template", "part": "reopen", "variables": ["Sam"]}), vec!["content.variables"]),
            (json!({"kind": "template", "part": ""}), vec!["content.part"]),
            (json!({"kind": "buttons", "text": "a", "buttons": []}), vec!["content.buttons"]),
            (
                json!({"kind": "buttons", "text": "a", "buttons": [{"id": "", "title": "b"}]}),
                vec!["content.buttons.id"],
            ),
            (
                json!({"kind": "list", "text": "a", "button": "", "sections": []}),
                vec!["content.button", "content.sections"],
            ),
            (json!({"kind": "image", "link": "ftp://x"}), vec!["content.link"]),
            (json!({"kind": "audio", "link": "https://x", "text": "a"}), vec!["content.text"]),
            (json!({"kind": "location", "latitude": 91.0, "longitude": 0.0}), vec!["content.latitude"]),
            (json!({"kind": "text", "text": "a", "fallback": {"name": "b"}}), vec!["fallback"]),
        ] {
            assert_eq!(fields(body.clone()), expected, "{body}");
        }
    }
}
