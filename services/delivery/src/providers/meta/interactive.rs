//! Buttons and lists, where they fit what WhatsApp shows.

use serde_json::{Value, json};

use crate::domain::content::{Buttons, List};

const MOST_BUTTONS: usize = 3;
const LONGEST_BUTTON: usize = 20;
const LONGEST_BUTTON_ID: usize = 256;
const LONGEST_BODY: usize = 1024;
const LONGEST_FRAME: usize = 60;
const MOST_ROWS: usize = 10;
const LONGEST_ROW: usize = 24;
const LONGEST_ROW_ID: usize = 200;
const LONGEST_DESCRIPTION: usize = 72;

/// Reply buttons. `None`: WhatsApp has no room for these.
pub(super) fn buttons(Buttons { text, header, footer, buttons, .. }: &Buttons) -> Option<Value> {
    let titles = buttons.iter().map(|button| button.title.as_str());
    let ids = buttons.iter().map(|button| button.id.as_str());
    let fits = (1..=MOST_BUTTONS).contains(&buttons.len())
        && frame_fits(text, header.as_deref(), footer.as_deref())
        && titles.clone().all(|title| within(title, LONGEST_BUTTON))
        && ids.clone().all(|id| within(id, LONGEST_BUTTON_ID))
        && distinct(titles)
        && distinct(ids);
    if !fits {
        return None;
    }
    let replies: Vec<Value> = buttons
        .iter()
        .map(|button| json!({"type": "reply", "reply": {"id": button.id, "title": button.title}}))
        .collect();
    let action = json!({"buttons": replies});
    Some(framed("button", text, header.as_deref(), footer.as_deref(), action))
}

/// A list. `None`: WhatsApp has no room for it.
pub(super) fn list(List { text, header, footer, button, sections, .. }: &List) -> Option<Value> {
    let rows = || sections.iter().flat_map(|section| &section.rows);
    let titled = sections.len() == 1 || sections.iter().all(|section| section.title.is_some());
    let fits = (1..=MOST_ROWS).contains(&rows().count())
        && titled
        && sections.iter().all(|section| !section.rows.is_empty())
        && sections
            .iter()
            .filter_map(|section| section.title.as_deref())
            .all(|title| within(title, LONGEST_ROW))
        && within(button, LONGEST_BUTTON)
        && frame_fits(text, header.as_deref(), footer.as_deref())
        && rows().all(|row| within(&row.title, LONGEST_ROW) && within(&row.id, LONGEST_ROW_ID))
        && rows().filter_map(|row| row.description.as_deref()).all(|text| within(text, LONGEST_DESCRIPTION))
        && distinct(rows().map(|row| row.id.as_str()));
    if !fits {
        return None;
    }
    let sections: Vec<Value> = sections
        .iter()
        .map(|section| {
            let rows: Vec<Value> = section
                .rows
                .iter()
                .map(|row| {
                    with(json!({"id": row.id, "title": row.title}), "description", row.description.as_deref())
                })
                .collect();
            with(json!({"rows": rows}), "title", section.title.as_deref())
        })
        .collect();
    let action = json!({"button": button, "sections": sections});
    Some(framed("list", text, header.as_deref(), footer.as_deref(), action))
}

fn framed(kind: &str, text: &str, header: Option<&str>, footer: Option<&str>, action: Value) -> Value {
    let mut interactive = json!({"type": kind, "body": {"text": text}, "action": action});
    if let Some(header) = header {
        interactive["header"] = json!({"type": "text", "text": header});
    }
    if let Some(footer) = footer {
        interactive["footer"] = json!({"text": footer});
    }
    json!({"type": "interactive", "interactive": interactive})
}

fn with(mut object: Value, field: &str, value: Option<&str>) -> Value {
    if let Some(value) = value {
        object[field] = value.into();
    }
    object
}

fn frame_fits(text: &str, header: Option<&str>, footer: Option<&str>) -> bool {
    within(text, LONGEST_BODY)
        && [header, footer].into_iter().flatten().all(|line| within(line, LONGEST_FRAME))
}

fn within(text: &str, longest: usize) -> bool {
    (1..=longest).contains(&text.chars().count())
}

fn distinct<'a>(texts: impl Iterator<Item = &'a str>) -> bool {
    let mut texts: Vec<&str> = texts.collect();
    let count = texts.len();
    texts.sort_unstable();
    texts.dedup();
    texts.len() == count
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::content::{Button, Row, Section};

    fn answers(count: usize) -> Buttons {
        let button = |n: usize| Button { id: format!("b{n}"), title: format!("Answer {n}") };
        Buttons {
            self_contained: false,
            text: "Which?".into(),
            header: None,
            footer: None,
            buttons: (0..count).map(button).collect(),
        }
    }

    fn choices(rows: usize) -> List {
        let row = |n: usize| Row { id: format!("r{n}"), title: format!("Row {n}"), description: None };
        let section = Section { title: None, rows: (0..rows).map(row).collect() };
        List {
            self_contained: false,
            text: "Which?".into(),
            header: None,
            footer: None,
            button: "Choose".into(),
            sections: vec![section],
        }
    }

    #[test]
    fn what_fits_is_shown_and_what_does_not_is_left_to_text() {
        assert!(buttons(&answers(1)).is_some() && buttons(&answers(3)).is_some());
        assert!(buttons(&answers(0)).is_none() && buttons(&answers(4)).is_none());
        let mut long = answers(2);
        long.buttons[0].title = "A title of more than 20".into();
        assert!(buttons(&long).is_none());
        let mut twice = answers(2);
        twice.buttons[1].title = twice.buttons[0].title.clone();
        assert!(buttons(&twice).is_none());
        let wordy = Buttons { text: "x".repeat(1025), ..answers(2) };
        assert!(buttons(&wordy).is_none());

        assert!(list(&choices(10)).is_some());
        assert!(list(&choices(0)).is_none() && list(&choices(11)).is_none());
        let mut two = choices(2);
        two.sections.push(Section { title: None, rows: two.sections[0].rows.clone() });
        assert!(list(&two).is_none(), "several sections need titles, and ids are not repeated");
    }
}
