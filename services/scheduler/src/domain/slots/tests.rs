use ids::{ServiceId, TenantId};
use jiff::civil::{Weekday, date};
use jiff::tz::TimeZone;
use proptest::prelude::*;

use super::*;
use crate::domain::calendar::{Holiday, Hours, Minutes};
use crate::domain::zone;

/// A house that one person runs, open for one stretch every day.
fn house(zone_name: &str, minutes: Minutes, step: Minutes, opens: Minutes, closes: Minutes) -> Calendar {
    let tenant_id = TenantId::from_uuid(uuid::Uuid::from_u128(1));
    let service = Service {
        id: ServiceId::named(tenant_id.uuid(), "cut"),
        slug: "cut".to_owned(),
        name: "Cut".to_owned(),
        minutes,
        price: None,
    };
    Calendar {
        tenant_id,
        name: "House".to_owned(),
        zone_name: zone_name.to_owned(),
        zone: zone::named(zone_name).unwrap(),
        language_tag: "en".to_owned(),
        step: Some(step),
        lead: SignedDuration::ZERO,
        horizon: SignedDuration::from_hours(24 * 365),
        disclose_service: false,
        staff: vec![person(tenant_id, "ana", &service)],
        services: vec![service],
        hours: every_day(None, opens, closes),
        holidays: Vec::new(),
    }
}

fn person(tenant_id: TenantId, slug: &str, service: &Service) -> StaffMember {
    StaffMember {
        id: StaffId::named(tenant_id.uuid(), slug),
        slug: slug.to_owned(),
        name: slug.to_owned(),
        services: vec![service.id],
    }
}

fn every_day(staff: Option<StaffId>, opens: Minutes, closes: Minutes) -> Vec<Hours> {
    (1..=7)
        .filter_map(|weekday| Weekday::from_monday_one_offset(weekday).ok())
        .map(|weekday| Hours { staff, weekday, opens, closes })
        .collect()
}

fn search<'a>(calendar: &'a Calendar, from: Timestamp, to: Timestamp) -> Search<'a> {
    Search { service: &calendar.services[0], staff: None, from, to, part_of_day: None, limit: usize::MAX }
}

fn at(calendar: &Calendar, day: Date, hour: i8, minute: i8) -> Timestamp {
    day.at(hour, minute, 0, 0).to_zoned(calendar.zone.clone()).unwrap().timestamp()
}

fn walls(calendar: &Calendar, slots: &[Slot]) -> Vec<String> {
    let wall = |slot: &Slot| slot.starts_at.to_zoned(calendar.zone.clone()).strftime("%d %H:%M").to_string();
    slots.iter().map(wall).collect()
}

const WEDNESDAY: Date = date(2026, 3, 4);

#[test]
fn what_is_taken_is_not_offered_and_neighbours_are() {
    let calendar = house("Europe/Lisbon", 60, 30, 9 * 60, 12 * 60);
    let midnight = at(&calendar, WEDNESDAY, 0, 0);
    let taken = Busy {
        staff: calendar.staff[0].id,
        starts_at: at(&calendar, WEDNESDAY, 10, 0),
        ends_at: at(&calendar, WEDNESDAY, 10, 30),
    };
    let free = find(&calendar, &search(&calendar, midnight, midnight + 24.hours()), &[taken], midnight);
    assert_eq!(walls(&calendar, &free), ["04 09:00", "04 10:30", "04 11:00"]);
}

#[test]
fn days_off_and_own_hours_are_kept() {
    let mut calendar = house("Europe/Lisbon", 60, 60, 9 * 60, 11 * 60);
    let ben = person(calendar.tenant_id, "ben", &calendar.services[0]);
    calendar.hours.push(Hours { staff: Some(ben.id), weekday: Weekday::Thursday, opens: 600, closes: 660 });
    calendar.holidays = vec![
        Holiday { staff: None, day: WEDNESDAY },
        Holiday { staff: Some(calendar.staff[0].id), day: date(2026, 3, 5) },
    ];
    calendar.staff.push(ben);
    let midnight = at(&calendar, WEDNESDAY, 0, 0);
    let free = find(&calendar, &search(&calendar, midnight, midnight + 72.hours()), &[], midnight);
    assert_eq!(walls(&calendar, &free), ["05 10:00", "06 09:00", "06 10:00"]);
}

#[test]
fn each_time_is_offered_once_with_the_lightest_day() {
    let mut calendar = house("Europe/Lisbon", 60, 60, 9 * 60, 12 * 60);
    let ben = person(calendar.tenant_id, "ben", &calendar.services[0]);
    let (ana, ben_id) = (calendar.staff[0].id, ben.id);
    calendar.staff.push(ben);
    let midnight = at(&calendar, WEDNESDAY, 0, 0);
    let nine = at(&calendar, WEDNESDAY, 9, 0);
    let taken = Busy { staff: ana, starts_at: nine, ends_at: nine + 1.hours() };
    let free = find(&calendar, &search(&calendar, midnight, midnight + 24.hours()), &[taken], midnight);
    assert_eq!(free.iter().map(|slot| slot.staff).collect::<Vec<_>>(), [ben_id; 3]);
    let only_ana = Search { staff: Some(ana), ..search(&calendar, midnight, midnight + 24.hours()) };
    assert_eq!(walls(&calendar, &find(&calendar, &only_ana, &[taken], midnight)), ["04 10:00", "04 11:00"]);
}

#[test]
fn lead_horizon_part_of_day_and_limit_narrow_the_search() {
    let mut calendar = house("Europe/Lisbon", 60, 60, 9 * 60, 20 * 60);
    calendar.lead = SignedDuration::from_mins(90);
    calendar.horizon = SignedDuration::from_hours(24);
    let now = at(&calendar, WEDNESDAY, 10, 0);
    let all = find(&calendar, &search(&calendar, now, now + 96.hours()), &[], now);
    let walls_of = walls(&calendar, &all);
    assert_eq!(walls_of.first().map(String::as_str), Some("04 12:00"));
    assert_eq!(walls_of.last().map(String::as_str), Some("05 10:00"));
    let evening = Search {
        part_of_day: Some(PartOfDay::Evening),
        limit: 2,
        ..search(&calendar, now, now + 96.hours())
    };
    assert_eq!(walls(&calendar, &find(&calendar, &evening, &[], now)), ["04 17:00", "04 18:00"]);
}

#[test]
fn a_slot_is_recognised_again_only_while_the_rules_offer_it() {
    let mut calendar = house("Europe/Lisbon", 60, 60, 9 * 60, 12 * 60);
    let (now, ten) = (at(&calendar, WEDNESDAY, 0, 0), at(&calendar, WEDNESDAY, 10, 0));
    let again = |calendar: &Calendar, starts_at, now| {
        offered(calendar, &calendar.services[0], &calendar.staff[0], starts_at, now).is_some()
    };
    assert!(again(&calendar, ten, now));
    assert!(!again(&calendar, ten + 30.minutes(), now), "off the grid");
    assert!(!again(&calendar, ten, ten + 1.minute()), "past");
    calendar.staff[0].services.clear();
    assert!(!again(&calendar, ten, now), "no longer done by this person");
}

/// Days around a change of the clocks, a leap day, a day that does not exist, and ordinary ones.
fn places() -> impl Strategy<Value = (&'static str, Date)> {
    prop::sample::select(vec![
        ("America/New_York", date(2026, 3, 8)),
        ("America/New_York", date(2026, 11, 1)),
        ("Europe/Lisbon", date(2026, 3, 29)),
        ("Europe/Lisbon", date(2026, 10, 25)),
        ("Europe/Lisbon", date(2028, 2, 29)),
        ("Australia/Lord_Howe", date(2026, 4, 5)),
        ("Australia/Lord_Howe", date(2026, 10, 4)),
        ("Africa/Cairo", date(2026, 4, 24)),
        ("Africa/Cairo", date(2026, 10, 30)),
        ("Pacific/Apia", date(2011, 12, 30)),
        ("Asia/Kathmandu", date(2026, 6, 1)),
        ("America/Sao_Paulo", date(2026, 12, 31)),
    ])
}

/// The same question answered minute by minute, without any arithmetic on zones.
fn by_hand(
    calendar: &Calendar,
    from: Timestamp,
    to: Timestamp,
    busy: &[Busy],
    now: Timestamp,
) -> Vec<Timestamp> {
    const MARGIN: usize = 181;
    let (hours, service) = (calendar.hours[0], &calendar.services[0]);
    let (length, step) = (usize::from(service.minutes), i32::from(calendar.step.unwrap()));
    let minutes = usize::try_from((to.as_second() - from.as_second()) / 60).unwrap();
    let instant = |n: usize| from + SignedDuration::from_mins(i64::try_from(n).unwrap());
    // What the clock on the wall shows in each minute, with a margin before and after.
    let walls: Vec<_> = (0..minutes + 2 * MARGIN)
        .map(|n| calendar.zone.to_datetime(instant(n) - SignedDuration::from_mins(MARGIN as i64)))
        .collect();
    let minute_of_day = |n: usize| i32::from(walls[n].hour()) * 60 + i32::from(walls[n].minute());
    let is_open = |n: usize| (i32::from(hours.opens)..i32::from(hours.closes)).contains(&minute_of_day(n));
    (0..minutes)
        .filter(|&n| {
            let (start, end, n) = (instant(n), instant(n + length), n + MARGIN);
            start >= now
                && (minute_of_day(n) - i32::from(hours.opens)) % step == 0
                && (n..n + length).all(|moment| is_open(moment) && walls[moment].date() == walls[n].date())
                && walls[n - MARGIN..n].iter().all(|earlier| *earlier != walls[n])
                && busy.iter().all(|taken| taken.ends_at <= start || end <= taken.starts_at)
        })
        .map(instant)
        .collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn slots_are_exactly_what_a_look_at_the_wall_clock_gives(
        (zone_name, day) in places(),
        opens in 0u16..1380, open_for in 30u16..720, minutes in 5u16..180, step in 5u16..120,
        taken in prop::collection::vec((0i64..2880, 5i64..120), 0..6),
        now_after in 0i64..1440,
    ) {
        let calendar = house(zone_name, minutes, step, opens, (opens + open_for).min(1440));
        let zone: &TimeZone = &calendar.zone;
        let from = day.at(0, 0, 0, 0).to_zoned(zone.clone()).unwrap().timestamp() - 12.hours();
        let to = from + 48.hours();
        let now = from + SignedDuration::from_mins(now_after);
        let busy: Vec<Busy> = taken
            .into_iter()
            .map(|(begin, length)| {
                let starts_at = from + SignedDuration::from_mins(begin);
                Busy { staff: calendar.staff[0].id, starts_at, ends_at: starts_at + SignedDuration::from_mins(length) }
            })
            .collect();
        let found = find(&calendar, &search(&calendar, from, to), &busy, now);
        for slot in &found {
            prop_assert_eq!(slot.ends_at.duration_since(slot.starts_at), SignedDuration::from_mins(i64::from(minutes)));
            let again = offered(&calendar, &calendar.services[0], &calendar.staff[0], slot.starts_at, now);
            prop_assert_eq!(again, Some(*slot));
        }
        let starts: Vec<Timestamp> = found.iter().map(|slot| slot.starts_at).collect();
        prop_assert_eq!(starts, by_hand(&calendar, from, to, &busy, now));
    }
}
