use super::*;

const T0: Timestamp = Timestamp::UNIX_EPOCH;

fn at(seconds: i64) -> Timestamp {
    Timestamp::new(seconds, 0).unwrap_or(T0)
}

fn course() -> Course {
    Course {
        queued_at: at(10),
        due_at: None,
        holds: Vec::new(),
        settled_at: None,
        asked_until: None,
        left: false,
        before: None,
        tries: Vec::new(),
    }
}

fn called(from: i64, until: i64, retry_at: Option<i64>) -> Try {
    Try {
        started_at: at(from),
        ended_at: at(until),
        known_at: None,
        retry_at: retry_at.map(at),
        held_until: None,
        unknown: false,
        limited: false,
    }
}

fn closed(from: i64, door: &str) -> Happening {
    Happening {
        at: at(from),
        what: What::Closed { door: door.to_owned(), explanation: "because".to_owned() },
    }
}

fn told(course: &Course, channel: &[Happening], now: i64) -> Vec<(i64, Option<i64>, String)> {
    waits(course, channel, at(now))
        .into_iter()
        .map(|wait| {
            let why = match wait.why {
                Why::Door { door, .. } => format!("door {door}"),
                Why::Line { unknown, .. } => format!("line {unknown}"),
                Why::Retry { limited } => format!("retry {limited}"),
                Why::Rule { cause, .. } => format!("rule {cause}"),
                other => format!("{other:?}").to_lowercase(),
            };
            (wait.from.as_second(), wait.until.map(Timestamp::as_second), why)
        })
        .collect()
}

fn wait(from: i64, until: impl Into<Option<i64>>, why: &str) -> (i64, Option<i64>, String) {
    (from, until.into(), why.to_owned())
}

#[test]
fn who_is_called_at_once_has_not_waited() {
    let sent = Course { settled_at: Some(at(11)), tries: vec![called(10, 11, None)], ..course() };
    assert_eq!(told(&sent, &[], 100), []);
}

/// Seen in a storm: a line, then nothing for twelve seconds, then a door.
#[test]
fn between_two_reasons_it_was_the_channel_s_turn() {
    let before = Before { id: MessageId::generate(), passed_at: Some(at(20)), unknown: false };
    let sent = Course {
        settled_at: Some(at(61)),
        before: Some(before),
        tries: vec![called(60, 61, None)],
        ..course()
    };
    let opened = Happening { at: at(50), what: What::Opened };
    assert_eq!(
        told(&sent, &[closed(30, "outage"), opened], 100),
        [wait(10, 20, "line false"), wait(30, 50, "door outage"), wait(20, 30, "turn"), wait(50, 60, "turn")]
    );
}

#[test]
fn a_repetition_that_is_held_back_says_so() {
    let held = Try { held_until: Some(at(24)), ..called(10, 11, Some(20)) };
    let sent =
        Course { settled_at: Some(at(26)), tries: vec![held.clone(), called(24, 26, None)], ..course() };
    assert_eq!(told(&sent, &[], 100), [wait(11, 20, "retry false"), wait(20, 24, "retryshare")]);
    let waits = Course { tries: vec![held.clone()], ..course() };
    assert_eq!(told(&waits, &[], 22), [wait(11, 20, "retry false"), wait(20, None, "retryshare")]);
    // Taken back by an operator, or called early by one.
    let early = Course { settled_at: Some(at(23)), tries: vec![held, called(22, 23, None)], ..course() };
    assert_eq!(told(&early, &[], 100), [wait(11, 20, "retry false"), wait(20, 22, "retryshare")]);
}

/// Seen in a storm: held back, then nothing for a quarter of a minute, then too late.
#[test]
fn what_was_called_in_vain_and_then_expired_waited_until_then() {
    let held = Try { held_until: Some(at(24)), ..called(10, 11, Some(20)) };
    let expired = Course { settled_at: Some(at(40)), tries: vec![held], ..course() };
    let waits = [wait(11, 20, "retry false"), wait(20, 24, "retryshare"), wait(24, 40, "turn")];
    assert_eq!(told(&expired, &[], 100), waits);
    let reported =
        Course { settled_at: Some(at(40)), left: true, tries: vec![called(10, 11, None)], ..course() };
    assert_eq!(told(&reported, &[], 100), [], "the provider said half a minute later that it failed");
}

#[test]
fn a_retry_is_a_pause_and_then_perhaps_the_channel_s_turn() {
    let sent = Course {
        settled_at: Some(at(26)),
        tries: vec![called(10, 11, Some(20)), called(25, 26, None)],
        ..course()
    };
    assert_eq!(told(&sent, &[], 100), [wait(11, 20, "retry false"), wait(20, 25, "turn")]);
    let waiting = Course { tries: vec![called(10, 11, Some(50))], ..course() };
    assert_eq!(told(&waiting, &[], 30), [wait(11, None, "retry false")]);
}

#[test]
fn a_closed_door_is_told_with_its_times_and_reasons() {
    let opened = Happening { at: at(40), what: What::Opened };
    let channel = [closed(5, "outage"), closed(20, "paused"), opened];
    let sent = Course { settled_at: Some(at(42)), tries: vec![called(41, 42, None)], ..course() };
    let expected = [wait(10, 20, "door outage"), wait(20, 40, "door paused"), wait(40, 41, "turn")];
    assert_eq!(told(&sent, &channel, 100), expected);
    assert_eq!(
        told(&course(), &channel[..2], 30),
        [wait(10, 20, "door outage"), wait(20, None, "door paused")]
    );
    // A door that had opened before it was queued is none of its business.
    let early = [closed(1, "outage"), Happening { at: at(2), what: What::Opened }];
    assert_eq!(told(&sent, &early, 100), [wait(10, 41, "turn")]);
}

#[test]
fn the_message_before_holds_it_up_until_it_is_settled() {
    let id = MessageId::from_uuid(uuid::Uuid::from_u128(7));
    let behind = |passed_at: Option<i64>, unknown| Course {
        before: Some(Before { id, passed_at: passed_at.map(at), unknown }),
        settled_at: Some(at(31)),
        tries: vec![called(30, 31, None)],
        ..course()
    };
    assert_eq!(told(&behind(Some(30), true), &[], 100), [wait(10, 30, "line true")]);
    assert_eq!(told(&behind(Some(9), false), &[], 100), [wait(10, 30, "turn")]);
    let still = Course { settled_at: None, tries: Vec::new(), ..behind(None, false) };
    assert_eq!(told(&still, &[], 20), [wait(10, None, "line false")]);
}

#[test]
fn a_channel_without_an_owner_a_later_time_and_an_unknown_outcome() {
    let taken = [Happening { at: at(15), what: What::Taken }];
    let sent = Course { settled_at: Some(at(16)), tries: vec![called(15, 16, None)], ..course() };
    assert_eq!(told(&sent, &taken, 100), [wait(10, 15, "owner")]);
    let later = Course { due_at: Some(at(60)), ..course() };
    assert_eq!(told(&later, &[], 20), [wait(10, None, "notbefore")]);
    let unknown = Try { unknown: true, ..called(10, 12, None) };
    let found = Course { settled_at: Some(at(20)), tries: vec![unknown], ..course() };
    assert_eq!(told(&found, &[], 100), [wait(12, 20, "unknown")]);
    // It had not left, which the provider's list showed, and went at once.
    let absent = Try { known_at: Some(at(20)), retry_at: Some(at(0)), ..called(10, 12, None) };
    let again =
        Course { settled_at: Some(at(22)), tries: vec![absent, called(20, 22, None)], ..found.clone() };
    assert_eq!(told(&again, &[], 100), [wait(12, 20, "unknown")]);
    // Nobody knows yet; and nobody will.
    let open = Course { settled_at: Some(at(12)), asked_until: Some(at(102)), ..found };
    assert_eq!(told(&open, &[], 50), [wait(12, None, "unknown")]);
    assert_eq!(told(&open, &[], 200), [wait(12, 102, "unknown")]);
}

#[test]
fn a_limit_of_another_message_is_told_to_all_that_waited_for_it() {
    let slow = |at_s, until| Happening {
        at: at(at_s),
        what: What::Slowed { until: at(until), words: "too many".to_owned() },
    };
    let sent = Course { settled_at: Some(at(41)), tries: vec![called(40, 41, None)], ..course() };
    let limits = [slow(5, 20), slow(18, 30), slow(35, 38)];
    let expected =
        [(10, 30), (35, 38)].map(|(from, until)| wait(from, until, "slowed { words: \"too many\" }"));
    let told_of = told(&sent, &limits, 100);
    assert_eq!(told_of[..2], expected);
    assert_eq!(told_of[2..], [wait(30, 35, "turn"), wait(38, 40, "turn")]);
    assert_eq!(told(&course(), &limits[..1], 15), [wait(10, None, "slowed { words: \"too many\" }")]);
    // Over before it came.
    assert_eq!(told(&course(), &[slow(1, 9)], 20), [wait(10, None, "turn")]);
}

fn hold(since: i64, until: i64, cause: &str) -> Hold {
    Hold { since: at(since), until: at(until), cause: cause.to_owned(), words: "because".to_owned() }
}

#[test]
fn what_a_rule_held_back_says_which_and_for_how_long_also_when_it_is_over() {
    let held = Course { holds: vec![hold(11, 40, "quiet_hours")], due_at: Some(at(40)), ..course() };
    assert_eq!(told(&held, &[], 30), [wait(11, None, "rule quiet_hours"), wait(10, 11, "turn")]);
    let sent = Course { settled_at: Some(at(45)), tries: vec![called(44, 45, None)], ..held };
    let expected = [wait(11, 40, "rule quiet_hours"), wait(10, 11, "turn"), wait(40, 44, "turn")];
    assert_eq!(told(&sent, &[], 100), expected);
    // Sent earlier than it was put off to: somebody had it looked at again.
    let early = Course { settled_at: Some(at(21)), tries: vec![called(20, 21, None)], ..sent };
    assert_eq!(told(&early, &[], 100), [wait(11, 20, "rule quiet_hours"), wait(10, 11, "turn")]);
}

#[test]
fn the_time_before_which_it_was_not_to_leave_is_told_after_it_left_too() {
    let sent = Course {
        due_at: Some(at(60)),
        settled_at: Some(at(61)),
        tries: vec![called(60, 61, None)],
        ..course()
    };
    assert_eq!(told(&sent, &[], 100), [wait(10, 60, "notbefore")]);
    // A retry has moved `due_at`; what it was before was noted.
    let retried = Course {
        due_at: Some(at(90)),
        holds: vec![hold(10, 60, NOT_BEFORE)],
        tries: vec![called(60, 61, Some(90)), called(90, 91, None)],
        settled_at: Some(at(91)),
        ..course()
    };
    assert_eq!(told(&retried, &[], 100), [wait(10, 60, "notbefore"), wait(61, 90, "retry false")]);
    let never_wished = Course { holds: Vec::new(), ..retried };
    assert_eq!(told(&never_wished, &[], 100), [wait(10, 60, "turn"), wait(61, 90, "retry false")]);
}

#[test]
fn what_was_never_called_waited_until_it_was_settled() {
    let expired = Course { settled_at: Some(at(90)), ..course() };
    assert_eq!(told(&expired, &[closed(5, "logged_out")], 100), [wait(10, 90, "door logged_out")]);
}
