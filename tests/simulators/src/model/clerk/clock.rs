//! Times of day in a customer's words.

use super::words::Words;

/// A time of day as said: one reading, or two when the half of the day was left open ("at 3").
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Clock(pub Vec<u16>);

impl Clock {
    /// True when the minute of the day can be meant.
    pub fn is(&self, minute: u16) -> bool {
        self.0.contains(&minute)
    }

    fn exact(hour: u16, minute: u16) -> Option<Self> {
        (hour < 24 && minute < 60).then(|| Self(vec![hour * 60 + minute]))
    }

    /// An hour without its half of the day: before eight the afternoon is possible as well.
    fn open(hour: u16, minute: u16) -> Option<Self> {
        let mut clock = Self::exact(hour, minute)?;
        if (1..=7).contains(&hour) {
            clock.0.push((hour + 12) * 60 + minute);
        }
        Some(clock)
    }

    fn halved(hour: u16, minute: u16, half: Half) -> Option<Self> {
        match half {
            Half::Before if hour == 12 => Self::exact(0, minute),
            Half::After if hour < 12 => Self::exact(hour + 12, minute),
            Half::Before | Half::After => Self::exact(hour, minute),
            Half::Open => Self::open(hour, minute),
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Half {
    Before,
    After,
    Open,
}

/// The first time of day in the words. A bare number counts only where nothing else can be meant: after "at",
/// after a weekday, before "o'clock".
pub(super) fn read(words: &Words) -> Option<Clock> {
    (0..words.len()).find_map(|at| at_position(words, at))
}

fn at_position(words: &Words, at: usize) -> Option<Clock> {
    let word = words.get(at);
    match word {
        "noon" | "midday" | "mediodia" => return Clock::exact(12, 0),
        "half" | "quarter" => return spoken(words, at),
        _ => {}
    }
    if let Some((hour, minute)) = word.split_once([':', '.', 'h']) {
        let (digits, half) = suffix(if minute.is_empty() { "00" } else { minute });
        let half = if half == Half::Open { half_after(words, at) } else { half };
        return Clock::halved(hour.parse().ok()?, digits.parse().ok()?, half);
    }
    let (digits, half) = suffix(word);
    let hour: u16 = digits.parse().ok().filter(|hour| (1..=23).contains(hour))?;
    let half = if half == Half::Open { half_after(words, at) } else { half };
    if half != Half::Open || stands_for_a_time(words, at) {
        return Clock::halved(hour, past_in_spanish(words, at + 1), half);
    }
    None
}

/// `pm` and `am`, glued to the digits.
fn suffix(word: &str) -> (&str, Half) {
    if let Some(digits) = word.strip_suffix("pm") {
        (digits, Half::After)
    } else if let Some(digits) = word.strip_suffix("am") {
        (digits, Half::Before)
    } else {
        (word, Half::Open)
    }
}

/// The half of the day said after the hour.
fn half_after(words: &Words, at: usize) -> Half {
    let rest = words.from(at + 1);
    let next = (rest.get(0), rest.get(1), rest.get(2));
    match next {
        ("am" | "a", "m", _) | ("am", _, _) => Half::Before,
        ("p", "m", _) | ("pm", _, _) => Half::After,
        ("in" | "de" | "por", "the" | "la", "morning" | "manana") => Half::Before,
        ("in" | "de" | "por", "the" | "la", "afternoon" | "evening" | "tarde" | "noche") => Half::After,
        _ => Half::Open,
    }
}

fn stands_for_a_time(words: &Words, at: usize) -> bool {
    let (before, after) = (words.before(at), words.get(at + 1));
    let names_a_day = super::calendar::month(after).is_some()
        || after == "de" && super::calendar::month(words.get(at + 2)).is_some();
    let counts =
        ["people", "persons", "minutes", "days", "weeks", "personas", "dias", "semanas"].contains(&after);
    if names_a_day || counts {
        return false;
    }
    let after_day = super::calendar::weekday(before).is_some()
        || ["today", "tomorrow", "hoy"].contains(&before)
        || (before == "manana" && words.before(at.saturating_sub(1)) != "la");
    ["at", "las", "around", "about", "by"].contains(&before)
        || (before == "la" && words.before(at.saturating_sub(1)) == "a")
        || ["oclock", "o"].contains(&after)
        || after_day
}

/// "y media", "y cuarto".
fn past_in_spanish(words: &Words, at: usize) -> u16 {
    match (words.get(at), words.get(at + 1)) {
        ("y", "media") => 30,
        ("y", "cuarto") => 15,
        _ => 0,
    }
}

/// "half past nine", "half nine", "quarter to ten".
fn spoken(words: &Words, at: usize) -> Option<Clock> {
    let joined = ["past", "to", "after"].contains(&words.get(at + 1));
    let hour = hour_word(words.get(if joined { at + 2 } else { at + 1 }))?;
    match (words.get(at), words.get(at + 1)) {
        ("quarter", "to") => Clock::open(hour - 1, 45),
        ("quarter", "past" | "after") => Clock::open(hour, 15),
        ("half", _) => Clock::open(hour, 30),
        _ => None,
    }
}

fn hour_word(word: &str) -> Option<u16> {
    const HOURS: [&str; 12] =
        ["one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"];
    let spelled = HOURS.iter().position(|hour| *hour == word).and_then(|at| u16::try_from(at + 1).ok());
    spelled.or_else(|| word.parse().ok()).filter(|hour| (1..=23).contains(hour))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read_as_they_are_said() {
        let cases: [(&str, Option<&[u16]>); 26] = [
            ("10:00", Some(&[600])),
            ("at 10.30 please", Some(&[630])),
            ("10h30", Some(&[630])),
            ("10h", Some(&[600])),
            ("3pm", Some(&[900])),
            ("3 pm", Some(&[900])),
            ("3:15 p.m.", Some(&[915])),
            ("12am", Some(&[0])),
            ("at 3", Some(&[180, 900])),
            ("Thursday 10", Some(&[600])),
            ("tomorrow 9 works", Some(&[540])),
            ("10 o'clock", Some(&[600])),
            ("half past nine", Some(&[570])),
            ("half nine", Some(&[570])),
            ("quarter to 3", Some(&[165, 885])),
            ("noon", Some(&[720])),
            ("a las 5 de la tarde", Some(&[1020])),
            ("a las 10 y media", Some(&[630])),
            ("a la 1", Some(&[60, 780])),
            ("9 in the morning", Some(&[540])),
            ("mañana a las 17:00", Some(&[1020])),
            ("5 March", None),
            ("for 2 people", None),
            ("number 2", None),
            ("at 25:00", None),
            ("hello", None),
        ];
        for (text, minutes) in cases {
            let read = read(&Words::of(text));
            assert_eq!(read.as_ref().map(|clock| clock.0.as_slice()), minutes, "{text}");
        }
    }
}
