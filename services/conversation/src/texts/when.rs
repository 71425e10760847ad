use jiff::civil::DateTime;
use serde::{Deserialize, Serialize};

/// Name of the template of a time in a list.
pub(super) const SHORT: &str = "calendar.short";
/// Name of the template of a time that must not be misread.
pub(super) const LONG: &str = "calendar.long";
/// Name of the template of a day in a list.
pub(super) const DATE: &str = "calendar.date";

/// How a language writes days and times.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Calendar {
    weekdays: [String; 7],
    weekdays_short: [String; 7],
    months: [String; 12],
    short: String,
    long: String,
    date: String,
}

/// What the templates may use.
#[derive(Serialize)]
pub(super) struct Parts<'a> {
    weekday: &'a str,
    weekday_short: &'a str,
    day: i8,
    month: &'a str,
    year: i16,
    hour: i8,
    time: String,
}

impl Calendar {
    /// The three templates, by the name they are stored under.
    pub(super) fn templates(&self) -> [(&'static str, &str); 3] {
        [(SHORT, &self.short), (LONG, &self.long), (DATE, &self.date)]
    }

    pub(super) fn parts(&self, at: DateTime) -> Parts<'_> {
        let weekday = usize::from(at.weekday().to_monday_zero_offset().unsigned_abs());
        let month = usize::from(at.month().unsigned_abs()).saturating_sub(1);
        Parts {
            weekday: name(&self.weekdays, weekday),
            weekday_short: name(&self.weekdays_short, weekday),
            day: at.day(),
            month: name(&self.months, month),
            year: at.year(),
            hour: at.hour(),
            time: format!("{:02}:{:02}", at.hour(), at.minute()),
        }
    }

    /// The weekday's full names, Monday first.
    pub fn weekdays(&self) -> &[String] {
        &self.weekdays
    }

    /// The weekday's short names, Monday first.
    pub fn weekdays_short(&self) -> &[String] {
        &self.weekdays_short
    }

    /// The months' names.
    pub fn months(&self) -> &[String] {
        &self.months
    }
}

fn name(names: &[String], index: usize) -> &str {
    names.get(index).map_or("", String::as_str)
}
