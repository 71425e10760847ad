//! Makes a provider's words safe to store and to show.

/// The longest text that is kept.
const LONGEST: usize = 200;

/// Digits in a row from which on they may be somebody's number.
const NUMBER: usize = 5;

/// What stands where something was taken out.
const GAP: &str = "[…]";

/// The words without what must not be seen: the given private texts, everything that could be a number, control
/// characters, and whatever exceeds 200 characters.
pub(super) fn scrub(words: &str, private: &[&str]) -> String {
    let mut clean = words.to_owned();
    for text in private.iter().filter(|text| !text.trim().is_empty()) {
        clean = clean.replace(text, GAP);
    }
    let mut short = String::new();
    let mut digits = String::new();
    for character in clean.chars().map(|c| if c.is_control() { ' ' } else { c }) {
        if character.is_ascii_digit() {
            digits.push(character);
            continue;
        }
        put_back(&mut short, &mut digits);
        short.push(character);
    }
    put_back(&mut short, &mut digits);
    match short.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", &short[..end]),
        None => short,
    }
}

fn put_back(text: &mut String, digits: &mut String) {
    text.push_str(if digits.len() < NUMBER { digits } else { GAP });
    digits.clear();
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_keys_texts_and_control_characters_are_taken_out() {
        assert_eq!(
            scrub("Error: 447700900123@s.whatsapp.net is not ready (code 428)", &[]),
            "Error: […]@s.whatsapp.net is not ready (code 428)"
        );
        assert_eq!(
            scrub("key abc-def refused for \"Hi\"\nthere", &["abc-def", "Hi", " "]),
            "key […] refused for \"[…]\" there"
        );
        assert_eq!(scrub("1234 12345", &[]), "1234 […]");
    }

    #[test]
    fn long_texts_are_cut_between_characters() {
        let cut = scrub(&"é".repeat(500), &[]);
        assert_eq!(cut.chars().count(), 201);
        assert!(cut.ends_with('…'));
    }
}
