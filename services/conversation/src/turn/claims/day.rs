use jiff::civil::Date;

use super::tokens::{Kind, Token, tokens};
use crate::texts::{Calendar, Texts};

/// One day: day of the month, and the months it may be in; none when only the day was said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::turn) struct Day(Vec<(i8, Option<i8>)>);

impl Day {
    pub(in crate::turn) fn is(&self, date: Date) -> bool {
        self.0
            .iter()
            .any(|(day, month)| *day == date.day() && month.is_none_or(|month| month == date.month()))
    }

    pub(in crate::turn) fn may_be(&self, other: &Self) -> bool {
        self.0.iter().any(|mine| other.0.contains(mine))
    }
}

/// Days.
pub(in crate::turn) fn days(text: &str, texts: &Texts) -> Vec<Day> {
    let tokens = tokens(text);
    let months: Vec<_> = texts.calendars().map(folded_months).collect();
    let small = |at: usize| {
        tokens
            .get(at)
            .filter(|token| token.text.len() <= 2)
            .and_then(Token::number)
            .and_then(|number| i8::try_from(number).ok())
    };
    let sign = |at: usize, sign: &str| tokens.get(at).is_some_and(|token| token.is(sign) && token.joined);
    let month = |at: usize| {
        tokens.get(at).and_then(|token| months.iter().find_map(|names| month_named(names, &token.text)))
    };
    let mut found = Vec::new();
    for (at, token) in tokens.iter().enumerate() {
        if token.kind != Kind::Number {
            continue;
        }
        if token.text.len() == 4 && sign(at + 1, "-") && sign(at + 3, "-") {
            found.extend(small(at + 2).zip(small(at + 4)).map(|(month, day)| Day(vec![(day, Some(month))])));
            continue;
        }
        let Some(day) = small(at).filter(|day| (1..=31).contains(day)) else { continue };
        let in_iso = at >= 2 && token.joined && tokens[at - 1].is("-");
        if in_iso {
            continue;
        }
        let separated =
            |separator: &str| sign(at + 1, separator) && tokens.get(at + 2).is_some_and(|token| token.joined);
        let behind_separator = at >= 1
            && token.joined
            && (tokens[at - 1].is("/") || tokens[at - 1].is(".") || tokens[at - 1].is(":"));
        if !behind_separator
            && (separated("/") || (separated(".") && sign(at + 3, ".")))
            && let Some(other) = small(at + 2)
        {
            // Which of the two is the month depends on the country.
            found.push(Day(vec![(day, Some(other)), (other, Some(day))]));
            continue;
        }
        let ordinal = tokens.get(at + 1).is_some_and(|next| {
            next.joined && matches!(next.text.as_str(), "st" | "nd" | "rd" | "th" | "º" | "ª")
        });
        let next = at + 1 + usize::from(ordinal);
        let skip = usize::from(
            tokens.get(next).is_some_and(|token| matches!(token.text.as_str(), "de" | "of" | "." | ",")),
        );
        let named = month(next + skip).or_else(|| at.checked_sub(1).and_then(month));
        if named.is_some() || ordinal {
            found.push(Day(vec![(day, named)]));
        }
    }
    found
}

/// Weekdays, 0 for Monday, by their full names in any language.
pub(in crate::turn) fn weekdays(text: &str, texts: &Texts) -> Vec<usize> {
    let folded = format!(" {} ", lexicon::fold(text));
    let mut found = Vec::new();
    for calendar in texts.calendars() {
        for (day, name) in calendar.weekdays().iter().enumerate() {
            let name = lexicon::fold(name);
            // "terça-feira" is also said "terça".
            let short = name.strip_suffix(" feira").filter(|short| {
                *short != "segunda" && *short != "quarta" && *short != "quinta" && *short != "sexta"
            });
            let said =
                |name: &str| folded.contains(&format!(" {name} ")) || folded.contains(&format!(" {name}s "));
            if (said(&name) || short.is_some_and(said)) && !found.contains(&day) {
                found.push(day);
            }
        }
    }
    found
}

fn folded_months(calendar: &Calendar) -> Vec<String> {
    calendar.months().iter().map(|name| lexicon::fold(name)).collect()
}

/// A month by its name or the first three letters of it.
fn month_named(names: &[String], word: &str) -> Option<i8> {
    let is = |name: &String| name == word || (word.chars().count() == 3 && name.starts_with(word));
    names.iter().position(is).and_then(|at| i8::try_from(at + 1).ok())
}
