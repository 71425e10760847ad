//! A model's words as WhatsApp can show them.

use crate::texts::LONGEST;

/// Without headings, tables, rules and links with a text of their own; bold as WhatsApp writes it; at most `most` characters,
/// cut behind a sentence.
pub(super) fn plain(text: &str, most: usize) -> String {
    let lines: Vec<_> = text.lines().map(line).filter(|line| !is_rule(line)).collect();
    let mut joined = lines.join("\n");
    while joined.contains("\n\n\n") {
        joined = joined.replace("\n\n\n", "\n\n");
    }
    shorten(joined.trim(), most.min(LONGEST))
}

fn line(line: &str) -> String {
    let line = line.trim_end();
    let without_heading = line.trim_start_matches('#');
    let line = if without_heading.len() < line.len() && without_heading.starts_with(' ') {
        without_heading.trim_start()
    } else {
        line
    };
    let line = line.strip_prefix("* ").map_or_else(|| line.to_owned(), |item| format!("- {item}"));
    links(&line.replace("**", "*").replace("__", "_"))
}

/// `[text](address)` becomes `text: address`.
fn links(line: &str) -> String {
    let mut plain = String::new();
    let mut rest = line;
    while let Some(open) = rest.find('[') {
        let (before, from) = rest.split_at(open);
        let link = from.split_once("](").and_then(|(text, after)| {
            after.split_once(')').map(|(address, after)| (&text[1..], address, after))
        });
        match link {
            Some((text, address, after)) if !text.contains('[') => {
                plain.push_str(before);
                plain.push_str(text);
                plain.push_str(": ");
                plain.push_str(address);
                rest = after;
            }
            _ => {
                plain.push_str(before);
                plain.push('[');
                rest = &from[1..];
            }
        }
    }
    plain.push_str(rest);
    plain
}

fn is_rule(line: &str) -> bool {
    let marks: String = line.chars().filter(|c| !c.is_whitespace()).collect();
    marks.len() >= 3 && marks.chars().all(|c| matches!(c, '-' | '_' | '=' | '|' | ':' | '*' | '`'))
}

fn shorten(text: &str, most: usize) -> String {
    if text.chars().count() <= most {
        return text.to_owned();
    }
    let head: String = text.chars().take(most).collect();
    whole_sentences(&head).unwrap_or(head)
}

/// `text` up to its last finished sentence, if there is one.
pub(super) fn whole_sentences(text: &str) -> Option<String> {
    let end = text
        .char_indices()
        .filter(|(at, c)| {
            matches!(c, '.' | '!' | '?' | '…' | '\n')
                && text[at + c.len_utf8()..].chars().next().is_none_or(char::is_whitespace)
        })
        .map(|(at, c)| at + c.len_utf8())
        .next_back()?;
    Some(text[..end].trim_end().to_owned()).filter(|text| !text.is_empty())
}

/// The first sentence, with what ends it.
pub(super) fn first_sentence(text: &str) -> &str {
    let end = text
        .char_indices()
        .find(|(at, c)| {
            *c == '\n'
                || (matches!(c, '.' | '!' | '?' | '…' | ':')
                    && text[at + c.len_utf8()..].chars().next().is_none_or(char::is_whitespace))
        })
        .map_or(text.len(), |(at, c)| at + c.len_utf8());
    text[..end].trim()
}

/// Whether a text is not meant for people: JSON, tags, a call in some notation.
pub(super) fn is_machine_talk(text: &str) -> bool {
    let text = text.trim();
    text.starts_with(['{', '[', '<'])
        || text.contains("```")
        || text.contains("\"arguments\"")
        || text.contains("<|")
        || text.contains("</")
}

/// Whether one sentence stands there three times: a model that is caught in a loop.
pub(super) fn repeats_itself(text: &str) -> bool {
    let all = sentences(text);
    all.iter()
        .any(|sentence| sentence.len() > 3 && all.iter().filter(|other| *other == sentence).count() >= 3)
}

/// Sentence by sentence, with what ends each.
pub(super) fn sentences(text: &str) -> Vec<&str> {
    let mut rest = text.trim();
    let mut sentences = Vec::new();
    while !rest.is_empty() {
        let first = first_sentence(rest);
        sentences.push(first);
        let length =
            if first.is_empty() { rest.chars().next().map_or(1, char::len_utf8) } else { first.len() };
        rest = rest.get(length..).unwrap_or_default().trim_start();
    }
    sentences
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn only_what_whatsapp_shows_is_left() {
        assert_eq!(
            plain("## Hello\n**Ana** is here.\n---\nSee [our page](https://a.example/x)!", 900),
            "Hello\n*Ana* is here.\nSee our page: https://a.example/x!"
        );
        assert_eq!(plain("* one\n* two", 900), "- one\n- two");
        assert_eq!(plain("we [sic] agree", 900), "we [sic] agree");
        assert_eq!(plain("#1 in town", 900), "#1 in town");
    }

    #[test]
    fn long_texts_end_behind_a_sentence() {
        assert_eq!(plain("One. Two. Three.", 10), "One. Two.");
        assert_eq!(plain("no sentence at all", 5), "no se");
        assert_eq!(first_sentence("Sure! Here they are."), "Sure!");
        assert_eq!(first_sentence("At 10.30 it is free"), "At 10.30 it is free");
    }

    #[test]
    fn a_loop_is_seen() {
        assert!(repeats_itself("So be it. So be it. So be it."));
        assert!(!repeats_itself("Yes. Yes. Which day? Which time?"));
    }

    #[test]
    fn machine_talk_is_seen() {
        for text in ["{\"name\":\"x\"}", "<tool_call>", "```json", " [1]", "ok <|im_end|>"] {
            assert!(is_machine_talk(text), "{text:?}");
        }
        assert!(!is_machine_talk("Which service would you like?"));
    }

    proptest! {
        #[test]
        fn never_longer_than_asked_and_never_breaks(text in "\\PC{0,300}", most in 1_usize..200) {
            prop_assert!(plain(&text, most).chars().count() <= most);
            let _ = (first_sentence(&text), is_machine_talk(&text), repeats_itself(&text));
        }
    }
}
