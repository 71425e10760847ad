//! The days a clerk knows: only those that stand in the prompt.

use jiff::civil::{Date, Weekday};

use super::words::Words;

/// Days with their weekdays, in order; the clerk has no other clock.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Calendar {
    days: Vec<Date>,
    today: Option<Date>,
}

impl Calendar {
    /// Reads every line of the prompt that shows a date as `2026-03-05`; a line that says `today` or `now`
    /// shows today, otherwise the first day is taken for it.
    pub fn read(prompt: &str) -> Self {
        let mut calendar = Self::default();
        for line in prompt.lines() {
            let dates: Vec<Date> = iso_dates(line).collect();
            let words = Words::of(line);
            if words.has(&["today", "now", "current date", "hoy", "ahora"])
                && let Some(first) = dates.first()
            {
                calendar.today = calendar.today.or(Some(*first));
            }
            calendar.days.extend(dates);
        }
        calendar.days.sort();
        calendar.days.dedup();
        calendar
    }

    pub fn today(&self) -> Option<Date> {
        self.today.or(self.days.first().copied())
    }

    pub fn last(&self) -> Option<Date> {
        self.days.last().copied()
    }

    /// So many days after today.
    pub fn in_days(&self, days: i32) -> Option<Date> {
        self.today()?.checked_add(jiff::Span::new().days(days)).ok()
    }

    /// The next such weekday after today.
    pub fn next(&self, weekday: Weekday) -> Option<Date> {
        (1..=7).filter_map(|days| self.in_days(days)).find(|day| day.weekday() == weekday)
    }

    /// Such a weekday in the week that begins next Monday.
    pub fn next_week(&self, weekday: Weekday) -> Option<Date> {
        let monday = self.next(Weekday::Monday)?;
        monday.checked_add(jiff::Span::new().days(weekday.to_monday_zero_offset())).ok()
    }

    /// The next day of that number, in that month if one is given.
    pub fn day_of_month(&self, day: i8, month: Option<i8>) -> Option<Date> {
        (0..366)
            .filter_map(|days| self.in_days(days))
            .find(|date| date.day() == day && month.is_none_or(|month| date.month() == month))
    }
}

/// The dates in a line of text, as `2026-03-05`.
fn iso_dates(line: &str) -> impl Iterator<Item = Date> {
    line.split(|letter: char| !letter.is_ascii_digit() && letter != '-' && letter != 'T' && letter != ':')
        .filter_map(|word| word.get(..10)?.parse().ok())
}

/// The weekday a word names, in English or Spanish, whole or shortened.
pub(super) fn weekday(word: &str) -> Option<Weekday> {
    let all = [
        (Weekday::Monday, ["monday", "mon", "lunes", "lun"]),
        (Weekday::Tuesday, ["tuesday", "tue", "martes", "tues"]),
        (Weekday::Wednesday, ["wednesday", "wed", "miercoles", "mie"]),
        (Weekday::Thursday, ["thursday", "thu", "jueves", "thurs"]),
        (Weekday::Friday, ["friday", "fri", "viernes", "vie"]),
        (Weekday::Saturday, ["saturday", "sat", "sabado", "sab"]),
        (Weekday::Sunday, ["sunday", "sun", "domingo", "dom"]),
    ];
    all.into_iter().find(|(_, names)| names.contains(&word)).map(|(weekday, _)| weekday)
}

/// The month a word names, in English or Spanish, whole or shortened.
pub(super) fn month(word: &str) -> Option<i8> {
    const MONTHS: [[&str; 4]; 12] = [
        ["january", "jan", "enero", "ene"],
        ["february", "feb", "febrero", ""],
        ["march", "mar", "marzo", ""],
        ["april", "apr", "abril", "abr"],
        ["may", "mayo", "", ""],
        ["june", "jun", "junio", ""],
        ["july", "jul", "julio", ""],
        ["august", "aug", "agosto", "ago"],
        ["september", "sep", "septiembre", "sept"],
        ["october", "oct", "octubre", ""],
        ["november", "nov", "noviembre", ""],
        ["december", "dec", "diciembre", "dic"],
    ];
    let at = MONTHS.iter().position(|names| !word.is_empty() && names.contains(&word))?;
    i8::try_from(at + 1).ok()
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    #[test]
    fn the_table_in_the_prompt_is_the_only_clock() {
        let prompt = "You are the desk of Harbour Dental.\nNow: Monday 2026-03-02T14:15 (Europe/London)\n\
                      Days:\n- Mon 2026-03-02\n- Tue 2026-03-03\n- Wed 2026-03-04\n- Sun 2026-03-15";
        let calendar = Calendar::read(prompt);
        assert_eq!(calendar.today(), Some(date(2026, 3, 2)));
        assert_eq!(calendar.last(), Some(date(2026, 3, 15)));
        assert_eq!(calendar.in_days(1), Some(date(2026, 3, 3)));
        assert_eq!(calendar.next(Weekday::Monday), Some(date(2026, 3, 9)));
        assert_eq!(calendar.next(Weekday::Thursday), Some(date(2026, 3, 5)));
        assert_eq!(calendar.next_week(Weekday::Friday), Some(date(2026, 3, 13)));
        assert_eq!(calendar.day_of_month(1, None), Some(date(2026, 4, 1)));
        assert_eq!(calendar.day_of_month(29, Some(2)), None, "not within a year");
        assert_eq!(Calendar::read("no dates here").today(), None);
    }

    #[test]
    fn names_of_days_and_months_are_known_in_both_languages() {
        assert_eq!(weekday("miercoles"), Some(Weekday::Wednesday));
        assert_eq!(weekday("thurs"), Some(Weekday::Thursday));
        assert_eq!((month("march"), month("dic"), month(""), month("x")), (Some(3), Some(12), None, None));
    }
}
