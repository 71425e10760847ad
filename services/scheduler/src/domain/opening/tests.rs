use jiff::civil::{Weekday, date};

use super::*;
use crate::domain::zone;

fn walls(zone_name: &str, day: Date, opens: Minutes, closes: Minutes, minutes: Minutes) -> Vec<String> {
    let zone = zone::named(zone_name).unwrap();
    let hours = Hours { staff: None, weekday: day.weekday(), opens, closes };
    starts(&zone, day, hours, minutes, minutes)
        .map(|start| start.to_zoned(zone.clone()).strftime("%H:%M%:z").to_string())
        .collect()
}

#[test]
fn an_ordinary_day_is_cut_into_visits_that_end_in_time() {
    let day = date(2026, 3, 4);
    assert_eq!(day.weekday(), Weekday::Wednesday);
    assert_eq!(
        walls("Europe/Lisbon", day, 9 * 60, 10 * 60 + 45, 30),
        ["09:00+00:00", "09:30+00:00", "10:00+00:00"]
    );
    assert_eq!(walls("Asia/Kolkata", day, 23 * 60, 24 * 60, 30), ["23:00+05:30", "23:30+05:30"]);
    assert_eq!(walls("Asia/Kolkata", day, 9 * 60, 9 * 60 + 20, 30), Vec::<String>::new());
}

#[test]
fn the_leap_day_is_a_day() {
    assert_eq!(walls("Europe/Lisbon", date(2028, 2, 29), 9 * 60, 10 * 60, 60), ["09:00+00:00"]);
}

#[test]
fn a_time_that_the_clocks_skip_is_not_offered() {
    // 02:00 to 03:00 does not exist; the visit at 01:00 ends at 03:00 on the wall, one hour later.
    let day = date(2026, 3, 8);
    assert_eq!(walls("America/New_York", day, 60, 4 * 60, 60), ["01:00-05:00", "03:00-04:00"],);
    assert_eq!(walls("America/New_York", day, 2 * 60, 3 * 60, 30), Vec::<String>::new());
}

#[test]
fn a_time_that_happens_twice_is_offered_once_the_first_time() {
    let day = date(2026, 11, 1);
    assert_eq!(walls("America/New_York", day, 60, 3 * 60, 60), ["01:00-04:00", "02:00-05:00"],);
}

#[test]
fn a_visit_over_the_second_pass_of_an_hour_stays_inside_the_stretch() {
    // From 01:30, a visit of an hour runs through 01:00 to 01:30 for the second time, before the house is open.
    let day = date(2026, 11, 1);
    assert_eq!(walls("America/New_York", day, 90, 4 * 60, 60), ["02:30-05:00"]);
}

#[test]
fn half_hour_changes_and_skipped_days_are_no_special_case() {
    // Lord Howe moves by 30 minutes; Samoa had no 30 December 2011.
    assert_eq!(
        walls("Australia/Lord_Howe", date(2026, 10, 4), 90, 3 * 60, 30),
        ["01:30+10:30", "02:30+11:00"]
    );
    assert_eq!(walls("Pacific/Apia", date(2011, 12, 30), 9 * 60, 18 * 60, 60), Vec::<String>::new());
}
