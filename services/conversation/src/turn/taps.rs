//! What can be tapped below a question, and what a tap means.
//!
//! A line of a list is known by a mark made of what the line stands for: a tap counts only while that very line is on the list
//! that was last asked, so one on an old list is told apart from one on a new list that looks the same.

use serde::Serialize;

use super::context::Turn;
use crate::domain::{Asked, Booking, Slot, Tap, Taps};

/// Characters of a list's line that WhatsApp shows.
const TITLE: usize = 24;

/// Characters below it.
const DESCRIPTION: usize = 72;

/// What can be tapped to answer this question.
pub(super) fn of(turn: &Turn<'_>, asked: &Asked) -> Option<Taps> {
    let words = turn.language.tap_words();
    let rows = match asked {
        Asked::Proposal { id } => {
            let button = |answer: &str, title: &str| tap(format!("{answer}:{id}"), title, None);
            return Some(Taps::Buttons(vec![button("yes", words.yes), button("no", words.no)]));
        }
        Asked::Slots { slots, .. } => rows(slots, |slot: &Slot| {
            let texts = &turn.ports.texts;
            let line = texts.slot(turn.language, &turn.snapshot.tenant, slot);
            (line.when, Some(line.staff))
        }),
        Asked::Days { days, .. } => rows(days, |day| (turn.ports.texts.day(turn.language, *day), None)),
        Asked::Services { services, .. } => rows(services, |service| (service.name.clone(), None)),
        Asked::Bookings { bookings, .. } => rows(bookings, |booking: &Booking| {
            let line = turn.visit(&booking.visit);
            (line.when, Some(format!("{}, {}", line.service, line.staff)))
        }),
        Asked::Booking { .. } | Asked::Menu { .. } | Asked::Done { .. } => return None,
    };
    (!rows.is_empty()).then(|| Taps::List { button: words.choose.to_owned(), rows })
}

/// The number of the line with this mark, from 1.
pub(super) fn place(asked: &Asked, mark: u64) -> Option<u8> {
    let at = match asked {
        Asked::Slots { slots, .. } => position(slots, mark),
        Asked::Days { days, .. } => position(days, mark),
        Asked::Services { services, .. } => position(services, mark),
        Asked::Bookings { bookings, .. } => position(bookings, mark),
        Asked::Proposal { .. } | Asked::Booking { .. } | Asked::Menu { .. } | Asked::Done { .. } => None,
    };
    u8::try_from(at? + 1).ok()
}

fn position<T: Serialize>(lines: &[T], mark: u64) -> Option<usize> {
    lines.iter().position(|line| mark_of(line) == mark)
}

fn rows<T: Serialize>(lines: &[T], words: impl Fn(&T) -> (String, Option<String>)) -> Vec<Tap> {
    let row = |line: &T| {
        let (title, below) = words(line);
        // What a line has no room for stands below it.
        let below = if title.chars().count() > TITLE { Some(title.clone()) } else { below };
        tap(format!("pick:{:016x}", mark_of(line)), &title, below)
    };
    lines.iter().map(row).collect()
}

fn tap(id: String, title: &str, description: Option<String>) -> Tap {
    Tap { id, title: cut(title, TITLE), description: description.map(|below| cut(&below, DESCRIPTION)) }
}

fn cut(text: &str, most: usize) -> String {
    if text.chars().count() <= most {
        return text.to_owned();
    }
    let kept: String = text.chars().take(most - 1).collect();
    format!("{}…", kept.trim_end())
}

/// FNV-1a of what the line stands for: the same in every process and version. A line that cannot be written has no mark.
fn mark_of(line: &impl Serialize) -> u64 {
    let bytes = serde_json::to_vec(line).unwrap_or_default();
    bytes
        .iter()
        .fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_lines_are_cut_at_a_letter() {
        assert_eq!(cut("Wed 4 March 10:00", TITLE), "Wed 4 March 10:00");
        assert_eq!(cut("Ein sehr langer Name einer Leistung", TITLE), "Ein sehr langer Name ei…");
        assert_eq!(cut("ééééééééééééééééééééééééééé", TITLE).chars().count(), TITLE);
    }

    #[test]
    fn a_mark_says_which_line_and_not_where() {
        assert_ne!(mark_of(&"a"), mark_of(&"b"));
        assert_eq!(position(&["a", "b"], mark_of(&"b")), Some(1));
        assert_eq!(position(&["a", "c"], mark_of(&"b")), None);
    }
}
