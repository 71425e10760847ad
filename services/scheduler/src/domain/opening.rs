//! Starts of visits within one local stretch of work, through changes of the clocks.
//!
//! Two rules decide everything:
//! - Starts lie on a grid of wall-clock times. One that does not exist on that day is not offered; one that happens
//!   twice is offered once, the first time, because customers are told the wall-clock time and nothing else.
//! - A visit lasts its minutes of elapsed time, and at each of its moments the clock on the wall shows a time inside
//!   the stretch.

use jiff::civil::{Date, DateTime};
use jiff::tz::{AmbiguousOffset, TimeZone};
use jiff::{SignedDuration, Timestamp};

use super::calendar::{Hours, Minutes};

/// The instants at which a visit of `minutes` can begin on `day`, in order of the wall clock.
pub fn starts(
    zone: &TimeZone,
    day: Date,
    hours: Hours,
    minutes: Minutes,
    step: Minutes,
) -> impl Iterator<Item = Timestamp> {
    (hours.opens..hours.closes)
        .step_by(usize::from(step.max(1)))
        .filter_map(move |minute| first_instant(zone, on(day, minute)?))
        .filter(move |&start| {
            end_of(start, minutes).is_some_and(|end| is_inside(zone, day, hours, start, end))
        })
}

/// When a visit that begins at `start` ends.
pub fn end_of(start: Timestamp, minutes: Minutes) -> Option<Timestamp> {
    start.checked_add(SignedDuration::from_mins(i64::from(minutes))).ok()
}

fn on(day: Date, minute: Minutes) -> Option<DateTime> {
    let (hour, minute) = (i8::try_from(minute / 60).ok()?, i8::try_from(minute % 60).ok()?);
    jiff::civil::Time::new(hour, minute, 0, 0).ok().map(|time| day.to_datetime(time))
}

/// The first instant at which the clock on the wall shows `wall`; none on a day that skips it.
fn first_instant(zone: &TimeZone, wall: DateTime) -> Option<Timestamp> {
    let ambiguous = zone.to_ambiguous_timestamp(wall);
    match ambiguous.offset() {
        AmbiguousOffset::Gap { .. } => None,
        AmbiguousOffset::Unambiguous { .. } | AmbiguousOffset::Fold { .. } => ambiguous.earlier().ok(),
    }
}

/// Whether the wall clock stays within `hours` of `day` from `start` up to `end`. A change of the clocks in between
/// cuts the time into pieces; each must fit by itself.
fn is_inside(zone: &TimeZone, day: Date, hours: Hours, start: Timestamp, end: Timestamp) -> bool {
    let midnight = day.to_datetime(jiff::civil::Time::midnight());
    let since_midnight = |wall: DateTime| wall.duration_since(midnight);
    let opens = SignedDuration::from_mins(i64::from(hours.opens));
    let closes = SignedDuration::from_mins(i64::from(hours.closes));
    let mut from = start;
    loop {
        let until = zone.following(from).next().map_or(end, |change| change.timestamp().min(end));
        // The offset that holds during the piece, also for its end: that is where the clocks may change.
        let offset = zone.to_offset(from);
        if since_midnight(offset.to_datetime(from)) < opens
            || since_midnight(offset.to_datetime(until)) > closes
        {
            return false;
        }
        if until >= end {
            return true;
        }
        from = until;
    }
}

#[cfg(test)]
mod tests;
