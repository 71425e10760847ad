use ids::StaffId;
use jiff::civil::Weekday;

use crate::read::{Slugs, Table, value};

/// One stretch of work on some weekdays, in local time. Somebody with any hours of their own follows only those.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hours {
    /// Whose hours; the house's when not set.
    pub staff: Option<StaffId>,
    /// On which days, each once, from Monday on.
    pub weekdays: Vec<Weekday>,
    /// From this local minute of the day.
    pub opens: u16,
    /// Up to this local minute of the day; 1440 is its end.
    pub closes: u16,
}

const DAYS: [(&str, Weekday); 7] = [
    ("mon", Weekday::Monday),
    ("tue", Weekday::Tuesday),
    ("wed", Weekday::Wednesday),
    ("thu", Weekday::Thursday),
    ("fri", Weekday::Friday),
    ("sat", Weekday::Saturday),
    ("sun", Weekday::Sunday),
];

impl Hours {
    pub(crate) fn declared(mut table: Table<'_>, staff: &Slugs<StaffId>) -> Option<Self> {
        let whose = table.has("staff");
        let member = table.optional("staff", |value| staff.find(value, "a member of staff"));
        let mut days: Vec<usize> = table.list("weekdays", days).into_iter().flatten().collect();
        let opens = table.required("from", value::minute_of_day);
        let closes = table.required("to", value::minute_of_day);
        days.sort_unstable();
        let count = days.len();
        days.dedup();
        if days.is_empty() {
            table.say_of("weekdays", "must name days, such as [\"mon-fri\"] or [\"mon\", \"wed\"]");
        } else if days.len() < count {
            table.say_of("weekdays", "names a day twice");
        }
        if let (Some(opens), Some(closes)) = (opens, closes)
            && opens >= closes
        {
            table.say_of(
                "to",
                "must be later than from; write a night as two entries, up to \"24:00\" and from \"00:00\"",
            );
        }
        table.finish();
        if whose && member.is_none() {
            return None;
        }
        let weekdays = days.into_iter().map(|day| DAYS[day].1).collect();
        Some(Self { staff: member, weekdays, opens: opens?, closes: closes? })
    }

    /// Says which entries claim the same time twice; one of them must be a mistake. Each comes with its place.
    pub(crate) fn check_overlaps(all: &[(String, Self)], table: &Table<'_>) {
        for (index, (place, hours)) in all.iter().enumerate() {
            if let Some((other, _)) = all[..index].iter().find(|(_, before)| hours.overlaps(before)) {
                table.say_at(place, &format!("overlaps with {other} on the same day"));
            }
        }
    }

    fn overlaps(&self, other: &Self) -> bool {
        self.staff == other.staff
            && self.opens < other.closes
            && other.opens < self.closes
            && self.weekdays.iter().any(|day| other.weekdays.contains(day))
    }
}

/// `mon` or `mon-fri`, as places in [`DAYS`].
fn days(value: &toml::Value) -> value::Read<Vec<usize>> {
    let problem = || "must be a weekday such as \"mon\" or a range such as \"mon-fri\"".to_owned();
    let text = value.as_str().ok_or_else(problem)?;
    let place = |name: &str| DAYS.iter().position(|(day, _)| *day == name).ok_or_else(problem);
    match text.split_once('-') {
        None => Ok(vec![place(text)?]),
        Some((first, last)) => {
            let (first, last) = (place(first)?, place(last)?);
            if first < last { Ok((first..=last).collect()) } else { Err(problem()) }
        }
    }
}
