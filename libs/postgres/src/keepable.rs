use std::borrow::Cow;

/// What JSON writes for the one character that neither `text` nor `jsonb` holds.
const NUL: &str = "\\u0000";
/// What stands in its place: U+FFFD, "there was something that cannot be shown".
const REPLACED: &str = "\\ufffd";

/// JSON as the database can keep it: each NUL in its texts becomes U+FFFD. For what others wrote and must not be lost for one
/// character; what can be sent again is better refused.
pub fn keepable_json(json: &str) -> Cow<'_, str> {
    if !json.contains(NUL) {
        return Cow::Borrowed(json);
    }
    let mut kept = String::with_capacity(json.len());
    let mut rest = json;
    while let Some(at) = rest.find(NUL) {
        let (before, from) = rest.split_at(at);
        kept.push_str(before);
        // Behind an odd number of backslashes it is the text `\u0000`, not the character.
        let is_escaped = kept.bytes().rev().take_while(|byte| *byte == b'\\').count() % 2 == 1;
        kept.push_str(if is_escaped { NUL } else { REPLACED });
        rest = &from[NUL.len()..];
    }
    kept.push_str(rest);
    Cow::Owned(kept)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_character_is_replaced() {
        for (json, kept) in [
            (r#"{"a":"b"}"#, r#"{"a":"b"}"#),
            (r#""a\u0000b\u0000""#, r#""a\ufffdb\ufffd""#),
            (r#""\\u0000""#, r#""\\u0000""#),
            (r#""\\\u0000""#, r#""\\\ufffd""#),
            (r#""\\\\u0000\u0000""#, r#""\\\\u0000\ufffd""#),
            (r#"{"\u0000":"\u00000"}"#, r#"{"\ufffd":"\ufffd0"}"#),
        ] {
            assert_eq!(keepable_json(json), kept);
        }
    }
}
