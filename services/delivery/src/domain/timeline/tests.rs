use super::*;

const T0: Timestamp = Timestamp::UNIX_EPOCH;

fn at(seconds: i64) -> Timestamp {
    Timestamp::new(seconds, 0).unwrap_or(T0)
}

fn course() -> Course {
    Course { queued_at: at(10), due_at: None, settled_at: None, left: false, before: None, tries: Vec::new() }
}

fn called(from: i64, until: i64, retry_at: Option<i64>) -> Try {
    Try {
        started_at: at(from),
        ended_at: at(until),
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
}

#[test]
fn what_was_never_called_waited_until_it_was_settled() {
    let expired = Course { settled_at: Some(at(90)), ..course() };
    assert_eq!(told(&expired, &[closed(5, "logged_out")], 100), [wait(10, 90, "door logged_out")]);
}
