//! Free times: opening hours, minus days off, minus what is taken, within what the business allows.

use std::collections::{BTreeMap, HashMap};

use ids::StaffId;
use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp, ToSpan};

use super::calendar::{Calendar, Service, StaffMember};
use super::opening;

/// The most free times one search returns; more is not a choice but a timetable.
pub const MOST: usize = 6;

/// A time that can be offered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Slot {
    /// With whom.
    pub staff: StaffId,
    /// When the visit begins.
    pub starts_at: Timestamp,
    /// When it ends.
    pub ends_at: Timestamp,
}

/// A time in somebody's diary that is booked, or held for somebody else.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Busy {
    /// Whose diary.
    pub staff: StaffId,
    /// From when.
    pub starts_at: Timestamp,
    /// Until when.
    pub ends_at: Timestamp,
}

/// Part of the local day in which a visit begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PartOfDay {
    /// Before 12:00.
    Morning,
    /// From 12:00, before 17:00.
    Afternoon,
    /// From 17:00.
    Evening,
}

impl PartOfDay {
    fn contains(self, hour: i8) -> bool {
        match self {
            Self::Morning => hour < 12,
            Self::Afternoon => (12..17).contains(&hour),
            Self::Evening => hour >= 17,
        }
    }
}

/// What is looked for.
#[derive(Debug, Clone, Copy)]
pub struct Search<'a> {
    /// Which service.
    pub service: &'a Service,
    /// Only with this member of staff.
    pub staff: Option<StaffId>,
    /// Earliest start, inclusive.
    pub from: Timestamp,
    /// Latest start, exclusive.
    pub to: Timestamp,
    /// Only starts in this part of the local day.
    pub part_of_day: Option<PartOfDay>,
    /// How many to return, at most.
    pub limit: usize,
}

/// The earliest free times. Each start is offered once: with several people free, the one whose day is lightest takes
/// it, so that work spreads and the customer is not asked about people before times.
pub fn find(calendar: &Calendar, search: &Search<'_>, busy: &[Busy], now: Timestamp) -> Vec<Slot> {
    let staff: Vec<&StaffMember> = calendar
        .staff_for(search.service.id)
        .filter(|member| search.staff.is_none_or(|wanted| wanted == member.id))
        .collect();
    let mut found = Vec::new();
    for day in days(calendar, search.from, search.to) {
        if found.len() >= search.limit {
            break;
        }
        let load = load_on(calendar, day, busy);
        let mut by_start: BTreeMap<Timestamp, Slot> = BTreeMap::new();
        for member in &staff {
            for slot in slots_of(calendar, search.service, member, day, now) {
                if !wanted(calendar, search, &slot) || busy.iter().any(|taken| overlaps(taken, &slot)) {
                    continue;
                }
                let load_of = |staff: StaffId| load.get(&staff).copied().unwrap_or_default();
                by_start
                    .entry(slot.starts_at)
                    .and_modify(|chosen| {
                        if load_of(slot.staff) < load_of(chosen.staff) {
                            *chosen = slot;
                        }
                    })
                    .or_insert(slot);
            }
        }
        found.extend(by_start.into_values());
    }
    found.truncate(search.limit);
    found
}

/// The slot that begins exactly then, if the rules still offer it. Says nothing about whether it is taken.
pub fn offered(
    calendar: &Calendar,
    service: &Service,
    member: &StaffMember,
    starts_at: Timestamp,
    now: Timestamp,
) -> Option<Slot> {
    if !member.services.contains(&service.id) {
        return None;
    }
    let day = starts_at.to_zoned(calendar.zone.clone()).date();
    slots_of(calendar, service, member, day, now).find(|slot| slot.starts_at == starts_at)
}

/// Every slot that the rules give on one local day and that is neither too near nor too far.
fn slots_of(
    calendar: &Calendar,
    service: &Service,
    member: &StaffMember,
    day: Date,
    now: Timestamp,
) -> impl Iterator<Item = Slot> {
    let earliest = later(now, calendar.lead);
    let latest = later(now, calendar.horizon);
    let step = calendar.step_for(service);
    calendar
        .hours_on(member.id, day)
        .flat_map(move |hours| opening::starts(&calendar.zone, day, *hours, service.minutes, step))
        .filter(move |start| (earliest..=latest).contains(start))
        .filter_map(move |starts_at| {
            let ends_at = opening::end_of(starts_at, service.minutes)?;
            Some(Slot { staff: member.id, starts_at, ends_at })
        })
}

fn later(now: Timestamp, by: SignedDuration) -> Timestamp {
    now.checked_add(by).unwrap_or(Timestamp::MAX)
}

fn wanted(calendar: &Calendar, search: &Search<'_>, slot: &Slot) -> bool {
    (search.from..search.to).contains(&slot.starts_at)
        && search
            .part_of_day
            .is_none_or(|part| part.contains(slot.starts_at.to_zoned(calendar.zone.clone()).hour()))
}

fn overlaps(busy: &Busy, slot: &Slot) -> bool {
    busy.staff == slot.staff && busy.starts_at < slot.ends_at && slot.starts_at < busy.ends_at
}

/// The local days on which something between the two instants can begin.
fn days(calendar: &Calendar, from: Timestamp, to: Timestamp) -> impl Iterator<Item = Date> {
    let first = from.to_zoned(calendar.zone.clone()).date();
    let last = to.to_zoned(calendar.zone.clone()).date();
    first.series(1.day()).take_while(move |day| *day <= last)
}

/// How many visits each person has on a local day.
fn load_on(calendar: &Calendar, day: Date, busy: &[Busy]) -> HashMap<StaffId, usize> {
    let mut load = HashMap::new();
    for taken in busy {
        if taken.starts_at.to_zoned(calendar.zone.clone()).date() == day {
            *load.entry(taken.staff).or_default() += 1;
        }
    }
    load
}

#[cfg(test)]
mod tests;
