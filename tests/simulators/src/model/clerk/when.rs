//! When a customer wants to come: days, parts of the day, times.

use jiff::civil::{Date, Weekday};

use super::calendar::{self, Calendar};
use super::clock::{self, Clock};
use super::words::Words;

/// A wish about the day and the time.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct When {
    /// The day.
    pub day: Option<Day>,
    /// The first and the last of several days.
    pub span: Option<(Date, Date)>,
    pub part: Option<Part>,
    pub clock: Option<Clock>,
    /// The first that is free.
    pub soonest: bool,
}

/// A day as said.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Day {
    /// A day of the calendar.
    On(Date),
    /// A weekday, and the next one after today if the calendar knows it. Matches any such weekday that was
    /// offered.
    Weekday(Weekday, Option<Date>),
    /// A number of the month, when there is no calendar to look it up in.
    Number(i8, Option<i8>),
}

/// A part of the day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Part {
    Morning,
    Afternoon,
    Evening,
}

impl Part {
    pub fn word(self) -> &'static str {
        match self {
            Self::Morning => "morning",
            Self::Afternoon => "afternoon",
            Self::Evening => "evening",
        }
    }
}

impl Day {
    /// The date, when the calendar could tell it.
    pub fn date(self) -> Option<Date> {
        match self {
            Self::On(date) => Some(date),
            Self::Weekday(_, date) => date,
            Self::Number(..) => None,
        }
    }

    /// True when `date` can be meant.
    pub fn is(self, date: Date) -> bool {
        match self {
            Self::On(day) => day == date,
            Self::Weekday(weekday, _) => weekday == date.weekday(),
            Self::Number(day, month) => day == date.day() && month.is_none_or(|month| month == date.month()),
        }
    }
}

impl When {
    pub fn read(words: &Words, calendar: &Calendar) -> Self {
        let words = &without_greeting(words);
        let day = day(words, calendar);
        Self {
            span: if day.is_none() { span(words, calendar) } else { None },
            day,
            part: part(words),
            clock: clock::read(words),
            soonest: words.has(SOONEST),
        }
    }

    /// True when nothing was said about it.
    pub fn is_open(&self) -> bool {
        *self == Self::default()
    }

    /// The first and the last day to look at, as far as they are known.
    pub fn days(&self) -> (Option<Date>, Option<Date>) {
        match (self.day.and_then(Day::date), self.span) {
            (Some(date), _) => (Some(date), Some(date)),
            (None, Some((from, to))) => (Some(from), Some(to)),
            (None, None) => (None, None),
        }
    }
}

/// "Good morning" wishes for nothing.
fn without_greeting(words: &Words) -> Words {
    let greets = |at: usize| ["good", "buenos", "buenas"].contains(&words.before(at));
    Words((0..words.len()).filter(|at| !greets(*at)).map(|at| words.get(at).to_owned()).collect())
}

const SOONEST: &[&str] = &[
    "as soon as possible",
    "asap",
    "earliest",
    "soonest",
    "first available",
    "next available",
    "first free",
    "cuanto antes",
    "lo antes posible",
];

fn day(words: &Words, calendar: &Calendar) -> Option<Day> {
    let relative = if words.has(&["day after tomorrow", "pasado manana"]) {
        calendar.in_days(2)
    } else if words.has(&["today", "hoy", "tonight"]) {
        calendar.in_days(0)
    } else if words.has(&["tomorrow", "tmrw", "tomorow"]) || says_manana_as_tomorrow(words) {
        calendar.in_days(1)
    } else {
        None
    };
    relative.map(Day::On).or_else(|| (0..words.len()).find_map(|at| day_at(words, at, calendar)))
}

/// "mañana" is tomorrow, but "por la mañana" is the morning.
fn says_manana_as_tomorrow(words: &Words) -> bool {
    (0..words.len()).any(|at| words.get(at) == "manana" && words.before(at) != "la")
}

fn day_at(words: &Words, at: usize, calendar: &Calendar) -> Option<Day> {
    let word = words.get(at);
    if let Ok(date) = word.parse::<Date>() {
        return Some(Day::On(date));
    }
    if let Some((day, month)) = numbered(words, at) {
        let known = calendar.day_of_month(day, month);
        return Some(known.map_or(Day::Number(day, month), Day::On));
    }
    let weekday = calendar::weekday(word)?;
    // "Thursday 5 March" names the day twice; the number is the surer one.
    if let Some((day, Some(month))) = numbered(words, at + 1).or_else(|| numbered(words, at + 2)) {
        let known = calendar.day_of_month(day, Some(month));
        return Some(known.map_or(Day::Number(day, Some(month)), Day::On));
    }
    if words.before(at) == "next" || words.get(at + 1) == "proximo" || words.before(at) == "proximo" {
        return Some(calendar.next_week(weekday).map_or(Day::Weekday(weekday, None), Day::On));
    }
    Some(Day::Weekday(weekday, calendar.next(weekday)))
}

/// "5 March", "March 5", "the 5th", "5 de marzo", "5/3".
fn numbered(words: &Words, at: usize) -> Option<(i8, Option<i8>)> {
    let word = words.get(at);
    if let Some((day, month)) = word.split_once('/') {
        let month = month.split('/').next()?;
        return Some((day_number(day)?, Some(month.parse().ok().filter(|month| (1..=12).contains(month))?)));
    }
    if let Some(month) = calendar::month(word) {
        let day = day_number(ordinal_digits(words.get(at + 1)).unwrap_or(words.get(at + 1)));
        return day.map(|day| (day, Some(month)));
    }
    let ordinal = ordinal_digits(word);
    let day = day_number(ordinal.unwrap_or(word))?;
    let next = if ["of", "de"].contains(&words.get(at + 1)) { words.get(at + 2) } else { words.get(at + 1) };
    match (calendar::month(next), ordinal) {
        (Some(month), _) => Some((day, Some(month))),
        (None, Some(_)) if day > 3 || words.before(at) == "on" => Some((day, None)),
        (None, None) if words.before(at) == "dia" => Some((day, None)),
        _ => None,
    }
}

fn ordinal_digits(word: &str) -> Option<&str> {
    ["st", "nd", "rd", "th"].into_iter().find_map(|suffix| word.strip_suffix(suffix))
}

fn day_number(digits: &str) -> Option<i8> {
    digits.parse().ok().filter(|day| (1..=31).contains(day))
}

fn span(words: &Words, calendar: &Calendar) -> Option<(Date, Date)> {
    let sunday_after = |day: Date| day.checked_add(jiff::Span::new().days(6)).ok();
    if words.has(&["next week", "proxima semana", "semana que viene", "semana proxima"]) {
        let monday = calendar.next(Weekday::Monday)?;
        return Some((monday, sunday_after(monday)?));
    }
    if words.has(&["weekend", "fin de semana"]) {
        let saturday = calendar.next(Weekday::Saturday)?;
        return Some((saturday, saturday.tomorrow().ok()?));
    }
    if words.has(&["this week", "esta semana"]) {
        return Some((calendar.today()?, calendar.next(Weekday::Sunday)?));
    }
    let weeks = ["in 2 weeks", "in two weeks", "en dos semanas", "in a fortnight"];
    if words.has(&weeks) {
        let from = calendar.in_days(14)?;
        return Some((from, sunday_after(from)?));
    }
    None
}

fn part(words: &Words) -> Option<Part> {
    let morning = (0..words.len()).any(|at| words.get(at) == "manana" && words.before(at) == "la");
    if morning || words.has(&["morning", "mornings", "early", "before noon", "before lunch", "temprano"]) {
        return Some(Part::Morning);
    }
    if words.has(&["afternoon", "afternoons", "after lunch", "tarde"]) {
        return Some(Part::Afternoon);
    }
    if words.has(&["evening", "evenings", "tonight", "after work", "noche"]) {
        return Some(Part::Evening);
    }
    None
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    /// Monday.
    fn calendar() -> Calendar {
        Calendar::read("Today: Monday 2026-03-02\nSun 2026-03-15")
    }

    fn days(text: &str) -> (Option<Date>, Option<Date>) {
        When::read(&Words::of(text), &calendar()).days()
    }

    #[test]
    fn days_are_read_as_they_are_said() {
        let cases = [
            ("today", date(2026, 3, 2)),
            ("tomorrow please", date(2026, 3, 3)),
            ("mañana por la mañana", date(2026, 3, 3)),
            ("the day after tomorrow", date(2026, 3, 4)),
            ("pasado mañana", date(2026, 3, 4)),
            ("on Thursday", date(2026, 3, 5)),
            ("el jueves", date(2026, 3, 5)),
            ("Monday", date(2026, 3, 9)),
            ("next Friday", date(2026, 3, 13)),
            ("Thursday 5 March 10:00", date(2026, 3, 5)),
            ("March 10th", date(2026, 3, 10)),
            ("the 10th", date(2026, 3, 10)),
            ("5 de marzo", date(2026, 3, 5)),
            ("12/3", date(2026, 3, 12)),
            ("2026-03-11", date(2026, 3, 11)),
        ];
        for (text, day) in cases {
            assert_eq!(days(text), (Some(day), Some(day)), "{text}");
        }
        for text in ["in the morning", "por la mañana", "10:00", "the first", "hello", "2"] {
            assert_eq!(days(text), (None, None), "{text}");
        }
    }

    #[test]
    fn several_days_are_read_as_a_span() {
        let cases = [
            ("next week", date(2026, 3, 9), date(2026, 3, 15)),
            ("la semana que viene", date(2026, 3, 9), date(2026, 3, 15)),
            ("at the weekend", date(2026, 3, 7), date(2026, 3, 8)),
            ("this week", date(2026, 3, 2), date(2026, 3, 8)),
            ("in two weeks", date(2026, 3, 16), date(2026, 3, 22)),
        ];
        for (text, from, to) in cases {
            assert_eq!(days(text), (Some(from), Some(to)), "{text}");
        }
    }

    #[test]
    fn parts_of_the_day_are_read() {
        for (text, part) in [
            ("tomorrow morning", Some(Part::Morning)),
            ("por la mañana", Some(Part::Morning)),
            ("mañana", None),
            ("Thursday afternoon", Some(Part::Afternoon)),
            ("por la tarde", Some(Part::Afternoon)),
            ("after work", Some(Part::Evening)),
            ("Thursday", None),
            ("good morning", None),
            ("buenas tardes", None),
        ] {
            assert_eq!(When::read(&Words::of(text), &calendar()).part, part, "{text}");
        }
    }

    #[test]
    fn without_a_calendar_the_words_still_match_what_is_offered() {
        let nothing = Calendar::default();
        let day = |text: &str| When::read(&Words::of(text), &nothing).day;
        assert_eq!(day("Thursday"), Some(Day::Weekday(Weekday::Thursday, None)));
        assert!(day("5 March").is_some_and(|day| day.is(date(2026, 3, 5)) && !day.is(date(2026, 3, 6))));
        assert_eq!(day("tomorrow"), None);
    }
}
