//! A new number must not begin as a stranger to many: WhatsApp blocks numbers that write to people who never wrote to them.
//! So a channel that says since when its number is new may begin so many conversations in a day, more with every week.

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

/// From which day of its life on a number may begin how many conversations in 24 hours. What people report who were blocked
/// begins at fifteen to twenty strangers a day.
pub const CURVE: [(i32, u32); 5] = [(0, 10), (3, 15), (7, 25), (14, 50), (21, 100)];

/// From this day on it is a number like others.
pub const GROWN_UP: i32 = 30;

/// Who was one too many is looked at again after so long.
pub const AGAIN: SignedDuration = SignedDuration::from_mins(30);

/// How many conversations may be begun in 24 hours. `None`: as many as the pace allows.
pub fn cap(new_since: Date, now: Timestamp) -> Option<u32> {
    let today = now.to_zoned(TimeZone::UTC).date();
    let age = (today - new_since).get_days();
    if age >= GROWN_UP {
        return None;
    }
    CURVE.iter().rev().find(|(day, _)| age >= *day).or(CURVE.first()).map(|(_, cap)| *cap)
}

#[cfg(test)]
mod tests {
    use jiff::ToSpan;

    use super::*;

    #[test]
    fn it_only_grows_until_there_is_none() {
        let born: Date = "2026-03-01".parse().unwrap();
        let noon =
            |day: i32| (born + day.days()).at(12, 0, 0, 0).to_zoned(TimeZone::UTC).unwrap().timestamp();
        let caps: Vec<Option<u32>> = (-3..40).map(|day| cap(born, noon(day))).collect();
        let numbers: Vec<u32> = caps.iter().map(|cap| cap.unwrap_or(u32::MAX)).collect();
        assert!(numbers.is_sorted());
        for (day, expected) in
            [(-3, Some(10)), (0, Some(10)), (2, Some(10)), (3, Some(15)), (29, Some(100)), (30, None)]
        {
            assert_eq!(cap(born, noon(day)), expected, "day {day}");
        }
    }
}
