use ids::StaffId;
use jiff::civil::{Date, Time};

use crate::read::{Slugs, Table, value};

/// When only replies and confirmations are sent, in local time: from, until. May span midnight.
pub(crate) fn quiet_hours(mut table: Table<'_>) -> Option<(Time, Time)> {
    let from = table.required("from", value::time);
    let until = table.required("until", value::time);
    if from.is_some() && from == until {
        table.say_of("until", "must differ from from; leave the section out for no quiet hours");
    }
    table.finish();
    Some((from?, until?))
}

/// A day without work.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Holiday {
    /// Whose day off; the house's when not set.
    pub staff: Option<StaffId>,
    /// Which day.
    pub date: Date,
    /// Why.
    pub name: String,
}

impl Holiday {
    pub(crate) fn declared(mut table: Table<'_>, staff: &Slugs<StaffId>) -> Option<Self> {
        let whose = table.has("staff");
        let member = table.optional("staff", |value| staff.find(value, "a member of staff"));
        let date = table.required("date", value::date);
        let name = table.or("name", "closed".to_owned(), value::text);
        table.finish();
        if whose && member.is_none() {
            return None;
        }
        Some(Self { staff: member, date: date?, name })
    }
}
