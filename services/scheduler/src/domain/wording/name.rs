/// Longer than nearly every first name; what is longer is a sentence in the wrong field.
const LONGEST: usize = 30;

/// How to address a customer: the first word of their name. Names come from profiles that anybody can fill in, so a
/// word that is no name (an address, digits, only signs) is left out rather than sent back as our own text.
pub fn first_name(name: &str) -> Option<&str> {
    let word = name.split_whitespace().next()?.trim_end_matches([',', '.', ';', '!']);
    let is_name = word.chars().any(char::is_alphabetic)
        && word.chars().all(|c| c.is_alphabetic() || is_mark(c) || matches!(c, '-' | '\'' | '’' | '.'))
        && !word.contains("..")
        && word.chars().count() <= LONGEST;
    (is_name && !looks_like_address(word)).then_some(word)
}

/// Combining marks belong to letters in many scripts and are not letters themselves.
fn is_mark(c: char) -> bool {
    matches!(c, '\u{0300}'..='\u{036f}' | '\u{0900}'..='\u{0d7f}' | '\u{0e31}'..='\u{0e4e}' | '\u{064b}'..='\u{0670}')
}

/// A dot between letters is a link to most phones; after a single letter it is an initial ("J.").
fn looks_like_address(word: &str) -> bool {
    word.split('.').filter(|part| part.chars().count() > 1).count() > 1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn people_are_addressed_by_their_first_name() {
        for (name, first) in [
            ("Ana Souza", Some("Ana")),
            ("  José-Luis  ", Some("José-Luis")),
            ("O'Brien, Pat", Some("O'Brien")),
            ("J. R. Smith", Some("J")),
            ("प्रिया शर्मा", Some("प्रिया")),
            ("山田太郎", Some("山田太郎")),
            ("", None),
            ("   ", None),
            ("www.win-money.example", None),
            ("bit.ly/x", None),
            ("+351912345678", None),
            ("🔥🔥", None),
            ("Ana\u{202e}evil", None),
        ] {
            assert_eq!(first_name(name), first, "{name}");
        }
        assert_eq!(first_name(&"a".repeat(31)), None);
    }
}
