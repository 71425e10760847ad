use super::*;

/// A Monday, 00:00.
const START: i64 = 1_772_409_600;
const DAY: i64 = 86_400;

/// Chance that is the same every time.
struct Chance(u64);

impl Chance {
    fn is(&mut self, odds: f64) -> bool {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        ((self.0 >> 11) as f64) < odds * (1_u64 << 53) as f64
    }
}

/// A desk that is open on weekdays from eight to six: seconds in which a busy stretch begins. Customers who write are likely to
/// write on.
fn office(days: i64, odds: f64, seed: u64) -> Vec<i64> {
    let (mut chance, mut busy, mut writes_on) = (Chance(seed), Vec::new(), false);
    for slot in 0..days * 288 {
        let (hour, weekday) = ((slot / 12) % 24, (slot / 288) % 7);
        let odds = match (weekday, hour) {
            (0..=4, 8..=17) => odds,
            (5, 9..=12) => odds / 3.0,
            (_, 7..=22) => odds / 20.0,
            _ => 0.0005,
        };
        writes_on = chance.is(if writes_on { odds + 0.4 } else { odds });
        if writes_on {
            busy.push(START + slot * 300);
        }
    }
    busy
}

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(second).unwrap()
}

fn hours(busy: &[i64]) -> Vec<Hour> {
    let mut hours: Vec<Hour> = Vec::new();
    for second in busy {
        let hour = at(second - second.rem_euclid(3600));
        match hours.last_mut() {
            Some(last) if last.at == hour => last.busy += 1,
            _ => hours.push(Hour { at: hour, busy: 1 }),
        }
    }
    hours
}

/// When a channel that fell silent at that second is asked about.
fn asked_at(busy: &[i64], silent: i64) -> Option<i64> {
    let heard: Vec<i64> = busy.iter().copied().filter(|second| *second < silent).collect();
    let since = at(*heard.last()?);
    Baseline::learn(&hours(&heard), since)?.fits_until(since).map(Timestamp::as_second)
}

#[test]
fn a_busy_desk_that_falls_silent_is_asked_about_within_hours_and_at_night_in_the_morning() {
    let busy = office(42, 0.3, 1);
    let tuesday = START + 36 * DAY;
    let within = asked_at(&busy, tuesday + 10 * 3600).unwrap() - (tuesday + 10 * 3600);
    assert!((1800..4 * 3600).contains(&within), "asked after {} min", within / 60);
    let overnight = asked_at(&busy, tuesday + 21 * 3600).unwrap() - (tuesday + DAY);
    assert!((8 * 3600..13 * 3600).contains(&overnight), "asked at {} min of the day", overnight / 60);
    let friday = START + 39 * DAY;
    let monday = START + 42 * DAY;
    let after = asked_at(&busy, friday + 20 * 3600);
    assert!(
        after.is_some_and(|after| after > friday + DAY + 9 * 3600 && after < monday + 13 * 3600),
        "{after:?}"
    );
}

#[test]
fn new_and_quiet_channels_are_left_alone() {
    let busy = office(10, 0.3, 2);
    assert_eq!(asked_at(&busy, START + 10 * DAY), None, "ten days say nothing of a week");
    let quiet = office(42, 0.004, 3);
    let asked = asked_at(&quiet, START + 36 * DAY + 10 * 3600);
    assert!(
        asked.is_none_or(|asked| asked > START + 37 * DAY),
        "one message a day is missed after a day at the earliest"
    );
    assert!(Baseline::learn(&[], at(START)).is_none());
}

/// The claim of the module, measured: twenty years of a desk at which nothing ever breaks.
#[test]
fn chance_alone_is_asked_about_a_few_times_a_year() {
    let (mut unfit, mut silences) = (0, 0);
    for seed in 0..20 {
        let busy = office(365, 0.2, 100 + seed);
        let mut learnt_on = 0;
        let mut baseline = None;
        for pair in busy.windows(2) {
            let day = (pair[0] - START) / DAY;
            if day >= learnt_on + 3 {
                learnt_on = day;
                let from = busy.partition_point(|second| *second < pair[0] - 36 * DAY);
                let until = busy.partition_point(|second| *second <= pair[0]);
                baseline = Baseline::learn(&hours(&busy[from..until]), at(pair[0]));
            }
            let Some(baseline) = &baseline else { continue };
            silences += 1;
            let fits = baseline.fits_until(at(pair[0]));
            unfit += i32::from(fits.is_some_and(|fits| fits < at(pair[1])));
        }
    }
    assert!(silences > 100_000, "{silences}");
    assert!(unfit * 1000 <= silences, "{unfit} of {silences} silences by chance were called unfit");
    assert!(unfit <= 20 * 10, "{unfit} in twenty years");
}

#[test]
fn after_a_holiday_another_one_of_the_same_length_fits() {
    let busy = office(42, 0.3, 5);
    let off = |second: i64, day: i64| (START + day * DAY..START + (day + 1) * DAY).contains(&second);
    let wednesday = 36 + 1;
    let before = asked_at(&busy, START + wednesday * DAY).unwrap();
    assert!(before < START + wednesday * DAY + 14 * 3600);
    let with_holiday: Vec<i64> = busy.iter().copied().filter(|second| !off(*second, 23)).collect();
    let after = asked_at(&with_holiday, START + wednesday * DAY);
    assert!(after.is_none_or(|after| after > START + (wednesday + 1) * DAY), "{after:?}");
}
