//! Emoji that say something. They become words no customer can type.

/// Stands for 👍 and its like.
pub(crate) const YES: &str = ":yes:";
/// Stands for 👎 and its like.
pub(crate) const NO: &str = ":no:";
/// Stands for 🙏, ❤ and other friendly signs that ask for no answer.
pub(crate) const FRIENDLY: &str = ":friendly:";

/// The word an emoji stands for; `None` for any other character.
pub(crate) fn token(c: char) -> Option<&'static str> {
    match c {
        '👍' | '✅' | '☑' | '✔' | '👌' | '🆗' | '💯' => Some(YES),
        '👎' | '❌' | '✖' | '❎' | '🚫' | '🙅' => Some(NO),
        '🙏' | '❤' | '💙' | '💚' | '💛' | '💜' | '🧡' | '🤍' | '😀' | '😃' | '😄' | '😁' | '😊' | '☺'
        | '🙂' | '😉' | '😍' | '🥰' | '😘' | '🤗' | '👏' | '🎉' | '👋' | '😎' | '🤝' | '✌' | '💪' | '🌸'
        | '🌹' | '💐' | '⭐' | '🌟' => Some(FRIENDLY),
        _ => None,
    }
}
