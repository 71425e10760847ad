//! The gaps of a template's text.

/// The names of the gaps, each once: numbered ones by number, named ones as they stand.
pub(super) fn names(text: &str) -> Vec<&str> {
    let mut names: Vec<&str> = Vec::new();
    for (name, _) in text.split("{{").skip(1).filter_map(|part| part.split_once("}}")) {
        if !names.contains(&name.trim()) {
            names.push(name.trim());
        }
    }
    if are_numbers(&names) {
        names.sort_by_key(|name| name.parse::<usize>().unwrap_or(usize::MAX));
    }
    names
}

/// Whether all gaps are numbers, and not names.
pub(super) fn are_numbers(names: &[&str]) -> bool {
    names.iter().all(|name| !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_digit()))
}

/// The text with its gaps filled; a gap without a value stays as it is.
pub(super) fn fill<'v>(text: &str, value: impl Fn(&str) -> Option<&'v str>) -> String {
    let mut parts = text.split("{{");
    let mut filled = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        match part.split_once("}}").map(|(name, rest)| (value(name.trim()), rest)) {
            Some((Some(value), rest)) => {
                filled.push_str(value);
                filled.push_str(rest);
            }
            _ => {
                filled.push_str("{{");
                filled.push_str(part);
            }
        }
    }
    filled
}

/// A value as WhatsApp takes it: on one line, without wide gaps.
pub(super) fn tidy(value: &str) -> String {
    value.split_whitespace().collect::<Vec<_>>().join(" ")
}
