use proptest::prelude::*;

use super::*;

const RULES: Rules = Rules {
    recover_after: Duration::from_secs(30),
    reopen_within: Duration::from_secs(600),
    remind_every: Duration::from_secs(4 * 3600),
};

fn at(seconds: i64) -> Timestamp {
    Timestamp::constant(1_800_000_000, 0) + jiff::SignedDuration::from_secs(seconds)
}

fn sight(severity: Severity, count: i64) -> Sight {
    Sight { severity, count, since: None, patience: Duration::ZERO }
}

/// Looks at these seconds: what is seen, and the changes that were told.
fn told(looks: &[(i64, Option<Sight>)]) -> (Option<Course>, Vec<(i64, Change)>) {
    let mut course = None;
    let mut told = Vec::new();
    for (second, sight) in looks {
        let (next, change) = step(course, sight.as_ref(), &RULES, at(*second));
        course = next;
        told.extend(change.map(|change| (*second, change)));
    }
    (course, told)
}

const SEEN: Option<Sight> =
    Some(Sight { severity: Severity::Critical, count: 3, since: None, patience: Duration::ZERO });

#[test]
fn it_opens_once_and_is_over_when_it_has_been_absent_for_a_while() {
    let (course, told) = told(&[(0, SEEN), (10, SEEN), (20, None), (40, None), (50, None), (60, None)]);
    assert_eq!(told, [(0, Change::Opened), (50, Change::Recovered)]);
    assert_eq!(course.map(|course| course.state), Some(State::Recovered { at: at(50) }));
}

#[test]
fn nobody_is_told_before_it_has_lasted_and_a_break_begins_anew() {
    let patient = Some(Sight { patience: Duration::from_secs(60), ..sight(Severity::Warning, 11) });
    let (_, changes) =
        told(&[(0, patient), (50, patient), (55, None), (58, patient), (110, patient), (118, patient)]);
    assert_eq!(changes, [(118, Change::Opened)]);
    // Its owner knows since when.
    let known = Some(Sight {
        patience: Duration::from_secs(60),
        since: Some(at(-100)),
        ..sight(Severity::Warning, 1)
    });
    assert_eq!(told(&[(0, known)]).1, [(0, Change::Opened)]);
}

#[test]
fn what_comes_back_soon_is_the_same_and_takes_longer_to_be_over() {
    let (course, changes) = told(&[
        (0, SEEN),
        (10, None),
        (40, None),
        (100, SEEN),
        (110, None),
        (140, None),
        (229, None),
        (230, None),
    ]);
    assert_eq!(
        changes,
        [(0, Change::Opened), (40, Change::Recovered), (100, Change::Reopened), (230, Change::Recovered)]
    );
    assert_eq!(course.map(|course| course.reopened), Some(1));
    let (course, changes) = told(&[(0, SEEN), (10, None), (40, None), (641, SEEN)]);
    assert_eq!(changes.last(), Some(&(641, Change::Opened)), "that was long ago");
    assert_eq!(course.map(|course| course.reopened), Some(0));
}

#[test]
fn worse_is_more_severe_or_ten_times_as_many() {
    let warning = |count| Some(sight(Severity::Warning, count));
    let (_, changes) = told(&[
        (0, warning(2)),
        (1, warning(19)),
        (2, warning(20)),
        (3, Some(sight(Severity::Critical, 20))),
    ]);
    assert_eq!(changes, [(0, Change::Opened), (2, Change::Worse), (3, Change::Worse)]);
}

#[test]
fn a_reminder_comes_until_somebody_says_that_they_know() {
    let hours = |hours: i64| hours * 3600;
    let (course, changes) = told(&[(0, SEEN), (hours(3), SEEN), (hours(4), SEEN), (hours(8), SEEN)]);
    assert_eq!(changes, [(0, Change::Opened), (hours(4), Change::Reminder), (hours(8), Change::Reminder)]);
    let known = course.map(|course| Course { acknowledged: true, ..course });
    assert_eq!(step(known, SEEN.as_ref(), &RULES, at(hours(100))).1, None);
}

#[test]
fn what_a_person_closed_is_quiet_until_it_is_over_or_gets_worse() {
    let warning = Some(sight(Severity::Warning, 1));
    let closed = told(&[(0, warning)]).0.map(|course| Course { state: State::Closed, ..course });
    assert_eq!(step(closed, warning.as_ref(), &RULES, at(9_999_999)).1, None);
    assert_eq!(step(closed, SEEN.as_ref(), &RULES, at(10)).1, Some(Change::Worse));
    let gone = step(closed, None, &RULES, at(10)).0;
    assert_eq!(
        step(gone, None, &RULES, at(40)),
        (gone.map(|course| Course { state: State::Recovered { at: at(40) }, ..course }), None)
    );
}

fn looks() -> impl Strategy<Value = Vec<(i64, Option<Sight>)>> {
    let sights = prop_oneof![
        3 => (any::<bool>(), 0_i64..200, 0_u64..120).prop_map(|(critical, count, patience)| {
            let severity = if critical { Severity::Critical } else { Severity::Warning };
            Some(Sight { patience: Duration::from_secs(patience), ..sight(severity, count) })
        }),
        2 => Just(None),
    ];
    prop::collection::vec((1_i64..400, sights), 1..120).prop_map(|looks| {
        let mut now = 0;
        looks
            .into_iter()
            .map(|(pause, sight)| {
                now += pause;
                (now, sight)
            })
            .collect()
    })
}

proptest! {
    #[test]
    fn opening_and_recovering_alternate_and_nothing_is_told_of_what_is_absent(looks in looks()) {
        let mut course = None;
        let mut open = false;
        for (second, sight) in &looks {
            let (next, change) = step(course, sight.as_ref(), &RULES, at(*second));
            match change {
                Some(Change::Opened | Change::Reopened) => {
                    prop_assert!(!open && sight.is_some());
                    open = true;
                }
                Some(Change::Worse | Change::Reminder) => prop_assert!(open && sight.is_some()),
                Some(Change::Recovered) => {
                    prop_assert!(open && sight.is_none());
                    open = false;
                }
                None => {}
            }
            prop_assert_eq!(next.is_some_and(|course: Course| course.state == State::Open), open);
            course = next;
        }
    }

    #[test]
    fn the_same_look_again_says_nothing(looks in looks()) {
        let mut course = None;
        for (second, sight) in &looks {
            let now = at(*second);
            course = step(course, sight.as_ref(), &RULES, now).0;
            let again = step(course, sight.as_ref(), &RULES, now);
            prop_assert_eq!(again.1, None);
            prop_assert_eq!(again.0, course);
        }
    }

    #[test]
    fn what_lasts_is_told_and_what_is_gone_is_over(looks in looks()) {
        let (course, _) = told(&looks);
        let end = looks.last().map_or(0, |(second, _)| *second);
        let lasting = SEEN.map(|seen| Sight { patience: Duration::from_secs(60), ..seen });
        let seen = step(course, lasting.as_ref(), &RULES, at(end + 1)).0;
        let opened = step(seen, lasting.as_ref(), &RULES, at(end + 61)).0;
        prop_assert_eq!(opened.map(|course| course.state), Some(State::Open));
        let missing = step(opened, None, &RULES, at(end + 62)).0;
        let over = step(missing, None, &RULES, at(end + 62 + 3600)).0;
        let is_over = over.is_some_and(|course| matches!(course.state, State::Recovered { .. }));
        prop_assert!(is_over);
    }
}
