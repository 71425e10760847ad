//! Which of several things a customer picks: "the first", "2", "the last one".

use super::words::Words;

/// The place in a list, from 0; `usize::MAX` stands for the last.
pub(super) fn place(words: &Words) -> Option<usize> {
    if let [only] = words.0.as_slice()
        && let Ok(number) = only.parse::<usize>()
    {
        return number.checked_sub(1).filter(|place| *place < 20);
    }
    if words.has(&["last one", "the last", "la ultima", "el ultimo"]) {
        return Some(usize::MAX);
    }
    (0..words.len()).find_map(|at| {
        let word = words.get(at);
        let counts_a_time = words.before(at) == "y" || measures_time(words.get(at + 1));
        spelled(word).filter(|_| !counts_a_time).or_else(|| numbered(words, at))
    })
}

/// The item at that place.
pub(super) fn at<T>(place: usize, items: &[T]) -> Option<&T> {
    if place == usize::MAX { items.last() } else { items.get(place) }
}

fn spelled(word: &str) -> Option<usize> {
    const ORDINALS: [[&str; 6]; 6] = [
        ["first", "1st", "primera", "primero", "primer", ""],
        ["second", "2nd", "segunda", "segundo", "", ""],
        ["third", "3rd", "tercera", "tercero", "tercer", ""],
        ["fourth", "4th", "cuarta", "cuarto", "", ""],
        ["fifth", "5th", "quinta", "quinto", "", ""],
        ["sixth", "6th", "sexta", "sexto", "", ""],
    ];
    ORDINALS.iter().position(|names| !word.is_empty() && names.contains(&word))
}

/// "the first week" and "first available" pick nothing.
fn measures_time(next: &str) -> bool {
    ["week", "day", "thing", "of", "available", "free", "time", "semana", "dia", "hora", "vez"]
        .contains(&next)
        || super::calendar::month(next).is_some()
}

/// "number 2", "option 2", "la 2", "#2", "2 please".
fn numbered(words: &Words, at: usize) -> Option<usize> {
    let place = words.get(at).parse::<usize>().ok()?.checked_sub(1).filter(|place| *place < 20)?;
    let before = words.before(at);
    let named = ["number", "option", "no", "nr", "slot", "opcion", "numero"].contains(&before);
    let la = ["la", "el"].contains(&before) && words.before(at.saturating_sub(1)) != "a";
    let alone =
        words.len() <= 3 && at == 0 && ["please", "porfavor", "por", "pls", "thanks"].contains(&words.get(1));
    (named || la || alone).then_some(place)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_read_as_they_are_said() {
        let cases = [
            ("1", Some(0)),
            ("2.", Some(1)),
            ("the first one please", Some(0)),
            ("second", Some(1)),
            ("number 3", Some(2)),
            ("option 2 works", Some(1)),
            ("2 please", Some(1)),
            ("la segunda", Some(1)),
            ("la 2", Some(1)),
            ("the last one", Some(usize::MAX)),
            ("a la 2", None),
            ("a las 10 y cuarto", None),
            ("10:00", None),
            ("first available", None),
            ("the first week of May", None),
            ("Thursday 10", None),
            ("44", None),
            ("0", None),
        ];
        for (text, place) in cases {
            assert_eq!(super::place(&Words::of(text)), place, "{text}");
        }
        assert_eq!(
            (at(1, &["a", "b"]), at(usize::MAX, &["a", "b"]), at(2, &["a", "b"])),
            (Some(&"b"), Some(&"b"), None)
        );
    }
}
