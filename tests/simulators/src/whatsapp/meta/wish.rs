//! What a caller of `POST /{phone_number_id}/messages` asks for, checked as Meta checks it.

use serde_json::Value;

use super::error::GraphError;
use super::person;

/// The most characters of a text.
const TEXT: usize = 4096;
/// The most characters of a text with buttons or a list.
const INTERACTIVE: usize = 1024;
/// The most characters of the caller's own reference.
const CLIENT_REF: usize = 512;

/// What is asked for.
#[derive(Debug)]
pub(super) enum Wish {
    Send(Message),
    /// A customer's message is marked as read.
    MarkRead,
}

/// A message to be sent.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Message {
    /// The recipient as given, for the answer.
    pub input: String,
    pub digits: String,
    pub by_user_id: bool,
    pub client_ref: Option<String>,
    pub content: Content,
}

/// What is said.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Content {
    /// Free words, and whatever stands below them, as the customer reads it.
    Free(String),
    Template(TemplateWish),
}

/// A template that is asked for.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct TemplateWish {
    pub name: String,
    pub language: String,
    /// Names (where they are named) and values of the body's parameters.
    pub parameters: Vec<(Option<String>, Value)>,
}

fn missing(parameter: &str) -> GraphError {
    GraphError::of(131008).because(format!("The parameter {parameter} is required."))
}

fn invalid(details: impl Into<String>) -> GraphError {
    GraphError::of(131009).because(details)
}

fn too_long(parameter: &str, most: usize) -> GraphError {
    GraphError::of(100).because(format!("Param {parameter} must be at most {most} characters long."))
}

/// Reads the body of a call.
pub(super) fn read(body: &[u8]) -> Result<Wish, GraphError> {
    let body: Value = serde_json::from_slice(body)
        .map_err(|_| GraphError::of(100).because("The request body is not valid JSON."))?;
    if body["messaging_product"] != "whatsapp" {
        return Err(GraphError::of(100).because("The parameter messaging_product is required."));
    }
    if body["status"] == "read" {
        let id = body["message_id"].as_str().ok_or_else(|| missing("message_id"))?;
        let known = id.starts_with("wamid.");
        return if known { Ok(Wish::MarkRead) } else { Err(invalid("message_id is not valid.")) };
    }
    let (input, digits, by_user_id) = recipient(&body)?;
    let client_ref = match &body["biz_opaque_callback_data"] {
        Value::Null => None,
        Value::String(text) if text.chars().count() <= CLIENT_REF => Some(text.clone()),
        Value::String(_) => return Err(too_long("biz_opaque_callback_data", CLIENT_REF)),
        _ => return Err(invalid("Param biz_opaque_callback_data must be a string.")),
    };
    let content = content(&body)?;
    Ok(Wish::Send(Message { input, digits, by_user_id, client_ref, content }))
}

/// As given, the customer's digits, and whether the business-scoped id was given. `to` wins over `recipient`.
fn recipient(body: &Value) -> Result<(String, String, bool), GraphError> {
    if let Some(to) = body["to"].as_str() {
        let digits: String = to.chars().filter(char::is_ascii_digit).collect();
        if to.contains(char::is_alphabetic) || !(7..=15).contains(&digits.len()) {
            return Err(invalid("Param to is not a valid WhatsApp phone number."));
        }
        return Ok((to.to_owned(), digits, false));
    }
    let user_id = body["recipient"]
        .as_str()
        .ok_or_else(|| GraphError::of(100).because("The parameter to is required."))?;
    if !person::is_user_id(user_id) {
        return Err(invalid("Param recipient is not a valid business-scoped user id."));
    }
    Ok((user_id.to_owned(), person::digits_of(user_id).to_owned(), true))
}

fn content(body: &Value) -> Result<Content, GraphError> {
    match body["type"].as_str().unwrap_or("text") {
        "text" => {
            let text = body["text"]["body"].as_str().ok_or_else(|| missing("text['body']"))?;
            if text.trim().is_empty() {
                return Err(missing("text['body']"));
            }
            if text.chars().count() > TEXT {
                return Err(too_long("text['body']", TEXT));
            }
            Ok(Content::Free(text.to_owned()))
        }
        "interactive" => interactive(&body["interactive"]).map(Content::Free),
        "template" => template(&body["template"]).map(Content::Template),
        "location" => Ok(Content::Free(format!(
            "[location] {} {}",
            body["location"]["latitude"], body["location"]["longitude"]
        ))),
        kind @ ("image" | "video" | "audio" | "document" | "sticker") => {
            let media = &body[kind];
            if media["id"].as_str().or(media["link"].as_str()).is_none() {
                return Err(missing(&format!("{kind}['id'] or {kind}['link']")));
            }
            let caption = media["caption"].as_str().unwrap_or_default();
            Ok(Content::Free(format!("[{kind}] {caption}").trim_end().to_owned()))
        }
        kind @ ("reaction" | "contacts") => Ok(Content::Free(format!("[{kind}]"))),
        kind => {
            Err(GraphError::of(100)
                .because(format!("Param type must be one of {{TEXT, …}} - got \"{kind}\".")))
        }
    }
}

/// The words with what can be tapped below them.
fn interactive(object: &Value) -> Result<String, GraphError> {
    let words = object["body"]["text"].as_str().ok_or_else(|| missing("interactive['body']['text']"))?;
    if words.chars().count() > INTERACTIVE {
        return Err(too_long("interactive['body']['text']", INTERACTIVE));
    }
    let mut text = String::new();
    let lines = [&object["header"]["text"], &object["body"]["text"], &object["footer"]["text"]];
    for line in lines.into_iter().filter_map(Value::as_str) {
        text.push_str(line);
        text.push('\n');
    }
    let tappable = match object["type"].as_str() {
        Some("button") => buttons(&object["action"])?,
        Some("list") => rows(&object["action"])?,
        Some("cta_url") => vec![object["action"]["parameters"]["display_text"].as_str().unwrap_or_default()],
        _ => return Err(invalid("interactive['type'] is not one that can be sent here.")),
    };
    for title in tappable {
        text.push_str(&format!("[{title}]\n"));
    }
    Ok(text.trim_end().to_owned())
}

fn buttons(action: &Value) -> Result<Vec<&str>, GraphError> {
    let list = action["buttons"].as_array().filter(|list| (1..=3).contains(&list.len()));
    let list = list.ok_or_else(|| invalid("Buttons count must be between 1 and 3."))?;
    let mut titles = Vec::new();
    for button in list {
        let reply = &button["reply"];
        let title = titled(reply, "Button title", 20)?;
        named(reply, "Button id", 256)?;
        if titles.contains(&title) {
            return Err(invalid("Button titles must be unique."));
        }
        titles.push(title);
    }
    Ok(titles)
}

fn rows(action: &Value) -> Result<Vec<&str>, GraphError> {
    let opener = action["button"].as_str().unwrap_or_default();
    if opener.is_empty() || opener.chars().count() > 20 {
        return Err(invalid("Button text length must be between 1 and 20."));
    }
    let sections = action["sections"].as_array().filter(|list| (1..=10).contains(&list.len()));
    let sections = sections.ok_or_else(|| invalid("Sections count must be between 1 and 10."))?;
    let mut titles = Vec::new();
    for section in sections {
        let title = section["title"].as_str().unwrap_or_default();
        if title.chars().count() > 24 || (title.is_empty() && sections.len() > 1) {
            return Err(invalid("Section title is required with several sections, and at most 24 long."));
        }
        for row in section["rows"].as_array().into_iter().flatten() {
            titles.push(titled(row, "Row title", 24)?);
            named(row, "Row id", 200)?;
            if row["description"].as_str().is_some_and(|text| text.chars().count() > 72) {
                return Err(invalid("Row description is too long. Max length is 72."));
            }
        }
    }
    if (1..=10).contains(&titles.len()) {
        Ok(titles)
    } else {
        Err(invalid("Total row count exceed max allowed count: 10."))
    }
}

fn titled<'v>(object: &'v Value, what: &str, most: usize) -> Result<&'v str, GraphError> {
    let title = object["title"].as_str().filter(|title| (1..=most).contains(&title.chars().count()));
    title.ok_or_else(|| invalid(format!("{what} length invalid. Min length: 1, Max length: {most}.")))
}

fn named(object: &Value, what: &str, most: usize) -> Result<(), GraphError> {
    let fits = object["id"].as_str().is_some_and(|id| (1..=most).contains(&id.chars().count()));
    if fits {
        Ok(())
    } else {
        Err(invalid(format!("{what} length invalid. Min length: 1, Max length: {most}.")))
    }
}

fn template(object: &Value) -> Result<TemplateWish, GraphError> {
    let name = object["name"].as_str().ok_or_else(|| missing("template['name']"))?;
    let language = object["language"]["code"].as_str();
    let language = language.ok_or_else(|| missing("template['language']['code']"))?;
    let components = object["components"].as_array().into_iter().flatten();
    let body =
        components.filter(|part| part["type"].as_str().is_some_and(|kind| kind.eq_ignore_ascii_case("body")));
    let parameters = body
        .flat_map(|part| part["parameters"].as_array().into_iter().flatten())
        .map(|parameter| (parameter["parameter_name"].as_str().map(str::to_owned), parameter.clone()))
        .collect();
    Ok(TemplateWish { name: name.to_owned(), language: language.to_owned(), parameters })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn read_value(mut body: Value) -> Result<Message, u32> {
        if body.get("messaging_product").is_none() {
            body["messaging_product"] = json!("whatsapp");
        }
        match read(body.to_string().as_bytes()) {
            Ok(Wish::Send(message)) => Ok(message),
            Ok(Wish::MarkRead) => Err(0),
            Err(error) => Err(error.code),
        }
    }

    #[test]
    fn a_text_is_read_with_its_recipient_and_its_reference() {
        let message = read_value(json!({
            "to": "+447700900123", "type": "text", "text": {"body": "Hi"}, "biz_opaque_callback_data": "fd:1"
        }));
        assert_eq!(
            message,
            Ok(Message {
                input: "+447700900123".to_owned(),
                digits: "447700900123".to_owned(),
                by_user_id: false,
                client_ref: Some("fd:1".to_owned()),
                content: Content::Free("Hi".to_owned()),
            })
        );
        let by_id = read_value(json!({"recipient": "GB.70412233447700900123", "text": {"body": "Hi"}}));
        assert_eq!(
            by_id.map(|message| (message.digits, message.by_user_id)),
            Ok(("447700900123".to_owned(), true))
        );
    }

    #[test]
    fn what_is_wrong_has_its_code() {
        let text = json!({"body": "Hi"});
        let button = |title: &str| json!({"type": "reply", "reply": {"id": "1", "title": title}});
        let with = |buttons: Value| {
            json!({"to": "447700900123", "type": "interactive", "interactive":
                {"type": "button", "body": {"text": "Well?"}, "action": {"buttons": buttons}}})
        };
        for (body, code) in [
            (json!({"messaging_product": "sms", "to": "447700900123", "text": text}), 100),
            (json!({"text": text}), 100),
            (json!({"to": "12", "text": text}), 131009),
            (json!({"to": "447700900123"}), 131008),
            (json!({"to": "447700900123", "text": {"body": "x".repeat(4097)}}), 100),
            (json!({"to": "447700900123", "type": "poem"}), 100),
            (json!({"to": "447700900123", "text": text, "biz_opaque_callback_data": "x".repeat(513)}), 100),
            (json!({"to": "447700900123", "type": "template", "template": {"name": "x"}}), 131008),
            (with(json!([])), 131009),
            (with(json!([button("a"), button("a")])), 131009),
            (with(json!([button(&"x".repeat(21))])), 131009),
        ] {
            assert_eq!(read_value(body.clone()), Err(code), "{body}");
        }
    }

    #[test]
    fn what_can_be_tapped_stands_below_the_words() {
        let list = json!({"to": "447700900123", "type": "interactive", "interactive": {
            "type": "list", "body": {"text": "When?"}, "action": {"button": "Times", "sections": [
                {"rows": [{"id": "1", "title": "Thu 10:00"}, {"id": "2", "title": "Thu 11:30"}]}]}}});
        let content = read_value(list).map(|message| message.content);
        assert_eq!(content, Ok(Content::Free("When?\n[Thu 10:00]\n[Thu 11:30]".to_owned())));
    }
}
