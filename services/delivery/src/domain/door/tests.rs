use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;

use super::*;
use crate::domain::change::Change;
use crate::domain::outcome::Outcome;

const T0: Timestamp = Timestamp::UNIX_EPOCH;

fn at(seconds: i64) -> Timestamp {
    T0 + SignedDuration::from_secs(seconds)
}

fn failed(cause: Cause) -> Outcome {
    Trouble::new(cause).into()
}

fn accepted() -> Outcome {
    Outcome::Accepted { provider_id: "3EB0A1B2C3D4E5F6071829".into() }
}

fn closed_by(cause: Cause) -> Door {
    Door::OPEN.after_call(&failed(cause), false, T0).or(Door::OPEN)
}

#[test]
fn what_closes_an_open_door_at_once_and_when_it_is_looked_at() {
    let person = Some(Look::AskState { at: at(60) });
    let table = [
        (Cause::LicenceRequired, "licence_required", person),
        (Cause::KeyRefused, "credentials", person),
        (Cause::KeyMissing, "credentials", person),
        (Cause::Forbidden, "credentials", person),
        (Cause::InstanceMissing, "credentials", person),
        (Cause::WrongAddress, "credentials", person),
        (Cause::ProviderUnknown, "credentials", None),
        (Cause::PaymentRequired, "credentials", person),
        (Cause::SenderNotReady, "credentials", person),
        (Cause::PolicyBlocked, "credentials", person),
        (Cause::CallbackRefused, "credentials", person),
        (Cause::LoggedOut, "logged_out", person),
        (Cause::Banned, "banned", None),
        (Cause::QuotaUsedUp, "quota", Some(Look::SendOne { at: at(3600) })),
        (Cause::ConnectionClosed, "connecting", Some(Look::AskState { at: at(5) })),
        (Cause::InstanceNotLoaded, "connecting", Some(Look::AskState { at: at(5) })),
    ];
    for (cause, word, look) in table {
        let door = closed_by(cause);
        let closure = door.closure().unwrap();
        assert_eq!((door.as_str(), closure.look), (word, look), "{cause}");
        assert_eq!(closure.since, T0);
        assert_eq!(door.passage(T0), Passage::None { look });
        assert!(!closure.why.advice().next_step.is_empty());
    }
    // Every other cause is about one message, or needs a row of them.
    for cause in Cause::ALL.iter().filter(|cause| table.iter().all(|row| row.0 != **cause)) {
        assert_eq!(closed_by(*cause).as_str(), "open", "{cause}");
    }
}

#[test]
fn three_failures_of_the_provider_in_a_row_are_an_outage_and_one_answer_forgives() {
    let mut door = Door::OPEN;
    for cause in [Cause::Unreachable, Cause::NoAnswer] {
        door = door.after_call(&failed(cause), false, T0).or(door);
    }
    assert_eq!(door, Door::Open { stumbles: 2 });
    let forgiven = door.after_call(&failed(Cause::NotOnWhatsApp), false, T0).or(door.clone());
    assert_eq!(forgiven, Door::OPEN, "a refusal is an answer");

    door = door.after_call(&failed(Cause::Unavailable), false, T0).or(door);
    assert_eq!(door.as_str(), "outage");
    assert_eq!(door.passage(at(4)), Passage::None { look: Some(Look::SendOne { at: at(5) }) });
    assert_eq!(door.passage(at(5)), Passage::One);
}

#[test]
fn an_outage_is_probed_ever_less_often_and_ends_with_the_first_answer() {
    let mut door = Door::Open { stumbles: STUMBLES - 1 };
    door = door.after_call(&failed(Cause::Unreachable), false, T0).or(door);
    let mut waits = Vec::new();
    let mut now = T0;
    for _ in 0..6 {
        let Some(Look::SendOne { at }) = door.closure().unwrap().look else {
            unreachable!("an outage is probed by sending")
        };
        waits.push(at.duration_since(now).as_secs());
        now = at;
        door = door.after_call(&failed(Cause::Unreachable), true, now).or(door);
        assert_eq!(door.closure().unwrap().since, T0, "the incident keeps its age");
    }
    assert_eq!(waits, [5, 10, 20, 40, 60, 60]);
    assert_eq!(door.after_call(&accepted(), true, now), Change::Applied(Door::OPEN));
}

#[test]
fn a_provider_that_says_how_long_it_is_away_is_left_alone_for_so_long() {
    let trouble = Trouble { retry_after: Some(Duration::from_secs(90)), ..Trouble::new(Cause::Unavailable) };
    let door = Door::Open { stumbles: STUMBLES - 1 };
    let door = door.after_call(&trouble.into(), false, T0).or(door);
    assert_eq!(door.closure().unwrap().look, Some(Look::SendOne { at: at(90) }));
}

#[test]
fn a_lost_session_opens_by_its_event_with_one_message_first() {
    let door = Door::OPEN.on_connection(ConnectionState::LoggedOut, T0).or(Door::OPEN);
    assert_eq!(door.as_str(), "logged_out");
    assert_eq!(
        door.on_connection(ConnectionState::LoggedOut, at(1)),
        Change::Already,
        "three events, one incident"
    );
    assert_eq!(door.on_connection(ConnectionState::Connecting, at(2)), Change::Already, "waits for the code");

    let door = door.on_connection(ConnectionState::Open, at(30)).or(door);
    assert_eq!(door.passage(at(30)), Passage::One);
    assert_eq!(door.on_connection(ConnectionState::Open, at(31)), Change::Already);
    assert_eq!(door.after_call(&accepted(), true, at(31)), Change::Applied(Door::OPEN));
}

#[test]
fn a_session_that_is_lost_again_before_a_message_tried_closes_again() {
    let door = Door::OPEN.on_connection(ConnectionState::LoggedOut, T0).or(Door::OPEN);
    let door = door.on_connection(ConnectionState::Open, at(30)).or(door);
    let door = door.on_connection(ConnectionState::LoggedOut, at(31)).or(door);
    assert_eq!(
        door.passage(at(31)),
        Passage::None { look: Some(Look::AskState { at: at(36) }) },
        "or it came late"
    );
    let door = door.looked(Ok(ConnectionState::LoggedOut), at(36), at(36)).or(door);
    assert_eq!(door.passage(at(36)), Passage::None { look: Some(Look::AskState { at: at(96) }) });
}

#[test]
fn an_answer_that_good_news_overtook_does_not_outweigh_it() {
    let door = Door::OPEN.on_connection(ConnectionState::LoggedOut, T0).or(Door::OPEN);
    // Asked, paired, told, answered.
    let door = door.on_connection(ConnectionState::Open, at(61)).or(door);
    let answered = door.looked(Ok(ConnectionState::LoggedOut), at(60), at(62));
    assert_eq!(answered, Change::Already);
    assert_eq!(door.passage(at(62)), Passage::One);
    assert!(
        door.looked(Ok(ConnectionState::LoggedOut), at(61), at(62)).is_applied(),
        "this one was asked later"
    );
}

/// What reaches the door.
#[derive(Clone, Copy, Debug)]
enum News {
    Told(ConnectionState),
    Answered(ConnectionState),
}

/// A session was paired at [`T0`]. The door stood anyhow; what was said before comes later, twice or not at all, as does the answer
/// to a question that was under way; somewhere among it comes the word that it is open.
fn pairing() -> impl Strategy<Value = (Vec<ConnectionState>, Vec<(i64, News)>)> {
    let old = || {
        prop::sample::select(vec![
            ConnectionState::LoggedOut,
            ConnectionState::Connecting,
            ConnectionState::NotLoaded,
        ])
    };
    let before = prop::collection::vec(prop::sample::select(ConnectionState::ALL), 0..4);
    let told = prop::collection::vec((0_i64..40, old().prop_map(News::Told)), 0..8);
    let answer = prop::option::of((0_i64..40, old().prop_map(News::Answered)));
    (before, told, answer, 0_i64..40).prop_map(|(before, mut news, answer, open)| {
        news.extend(answer);
        news.push((open, News::Told(ConnectionState::Open)));
        news.sort_by_key(|(second, _)| *second);
        (before, news)
    })
}

/// The door is asked about as it wants to be, by somebody who sees the truth, until then.
fn ask_until(mut door: Door, until: Timestamp) -> Door {
    while let Passage::None { look: Some(Look::AskState { at }) } = door.passage(until) {
        if at > until {
            break;
        }
        let at = at.max(T0);
        door = door.looked(Ok(ConnectionState::Open), at, at).or(door);
    }
    door
}

proptest! {
    #[test]
    fn whatever_comes_late_a_session_that_was_paired_is_used_within_seconds((before, news) in pairing()) {
        let mut door = Door::OPEN;
        for state in before {
            door = door.on_connection(state, at(-30)).or(door);
        }
        // Nobody knocks after a ban.
        prop_assume!(door.as_str() != "banned");
        // Only what waits to be asked can have been asked; and that is answered before the next question.
        let asked = matches!(door.passage(T0), Passage::None { look: Some(Look::AskState { .. }) });
        let news: Vec<_> = news.into_iter().filter(|(_, news)| asked || matches!(news, News::Told(_))).collect();
        let answer = news.iter().find(|(_, news)| matches!(news, News::Answered(_)));
        let mut free = answer.map_or(-1, |(second, _)| *second);
        let mut last = T0;
        for (second, news) in news {
            last = at(second);
            if second > free {
                door = ask_until(door, last);
            }
            door = match news {
                News::Told(state) => door.on_connection(state, last),
                News::Answered(state) => {
                    free = -1;
                    door.looked(Ok(state), at(-1), last)
                }
            }
            .or(door);
        }
        let door = ask_until(door, last + SignedDuration::from_secs(5));
        let passage = door.passage(last + SignedDuration::from_secs(5));
        prop_assert!(matches!(passage, Passage::One | Passage::All), "{door:?}");
    }
}

#[test]
fn a_connection_that_says_open_and_is_not_is_asked_ever_less_often_and_keeps_its_age() {
    let mut door = closed_by(Cause::ConnectionClosed);
    let mut now = T0;
    let mut waits = Vec::new();
    for _ in 0..4 {
        let Some(Look::AskState { at }) = door.closure().unwrap().look else {
            unreachable!("a connection is asked for its state")
        };
        waits.push(at.duration_since(now).as_secs());
        now = at;
        door = door.looked(Ok(ConnectionState::Open), now, now).or(door);
        assert_eq!(door.passage(now), Passage::One);
        door = door.after_call(&failed(Cause::ConnectionClosed), true, now).or(door);
    }
    assert_eq!(waits, [5, 10, 20, 30]);
    assert_eq!(door.closure().unwrap().since, T0);
}

#[test]
fn asking_finds_the_better_reason() {
    let connecting = closed_by(Cause::ConnectionClosed);
    let refused = Trouble::new(Cause::KeyRefused);
    assert_eq!(connecting.looked(Err(&refused), at(5), at(5)).or(Door::OPEN).as_str(), "credentials");
    assert_eq!(
        connecting.looked(Ok(ConnectionState::LoggedOut), at(5), at(5)).or(Door::OPEN).as_str(),
        "logged_out"
    );

    let key = closed_by(Cause::KeyRefused);
    let still = key.looked(Err(&refused), at(60), at(60)).or(key.clone());
    assert_eq!(still.closure().unwrap().look, Some(Look::AskState { at: at(120) }));
    let let_in = key.looked(Ok(ConnectionState::Connecting), at(60), at(60)).or(key.clone());
    assert_eq!(let_in.as_str(), "connecting", "whoever answers has accepted the key");

    let lost = closed_by(Cause::LoggedOut);
    let waiting = lost.looked(Ok(ConnectionState::Connecting), at(60), at(60)).or(lost.clone());
    assert_eq!(waiting.as_str(), "logged_out", "waits for the code to be scanned");
    let unreachable = lost.looked(Err(&Trouble::new(Cause::Unreachable)), at(60), at(60)).or(lost.clone());
    assert_eq!(unreachable.as_str(), "logged_out");
}

#[test]
fn calls_that_began_before_the_door_closed_neither_open_nor_soften_it() {
    let door = closed_by(Cause::LoggedOut);
    for outcome in [accepted(), failed(Cause::ConnectionClosed), failed(Cause::NoAnswer)] {
        assert_eq!(door.after_call(&outcome, false, at(1)), Change::Already);
    }
    assert_eq!(door.after_call(&failed(Cause::Banned), false, at(1)).or(Door::OPEN).as_str(), "banned");
}

#[test]
fn only_a_person_opens_what_a_person_closed() {
    let door = Door::OPEN.paused(T0).or(Door::OPEN);
    assert_eq!(door.paused(at(1)), Change::Already);
    assert_eq!(door.on_connection(ConnectionState::Open, at(1)), Change::Already);
    assert_eq!(door.on_connection(ConnectionState::LoggedOut, at(1)), Change::Already);
    assert_eq!(door.looked(Ok(ConnectionState::Open), at(1), at(1)), Change::Already);
    assert_eq!(door.try_again(at(1)), Change::Already);
    assert_eq!(door.passage(at(1)), Passage::None { look: None });

    let door = door.resumed(at(2)).or(door);
    assert_eq!(door.passage(at(2)), Passage::One);
    let lost = door.after_call(&failed(Cause::LoggedOut), true, at(3)).or(door.clone());
    assert_eq!(lost.as_str(), "logged_out");
    assert_eq!(lost.resumed(at(4)), Change::Already);
    assert_eq!(door.after_call(&accepted(), true, at(3)), Change::Applied(Door::OPEN));
}

#[test]
fn new_settings_or_an_operator_let_one_message_try() {
    for cause in [Cause::KeyRefused, Cause::ProviderUnknown, Cause::Banned, Cause::QuotaUsedUp] {
        let door = closed_by(cause);
        assert_eq!(door.try_again(at(9)).or(door).passage(at(9)), Passage::One, "{cause}");
    }
    assert_eq!(Door::OPEN.try_again(T0), Change::Already);
}

#[test]
fn a_door_survives_its_row() {
    for cause in Cause::ALL {
        let door = closed_by(*cause);
        let json = serde_json::to_string(&door).unwrap();
        assert_eq!(serde_json::from_str::<Door>(&json).unwrap(), door, "{json}");
    }
    let json = serde_json::to_string(&closed_by(Cause::KeyRefused)).unwrap();
    assert!(json.starts_with(r#"{"closed":{"why":{"credentials":"key_refused"},"since":"1970"#), "{json}");
}

#[derive(Clone, Debug)]
enum Event {
    Call(Option<Cause>),
    Connection(ConnectionState),
    Looked(ConnectionState),
    Pause,
    Resume,
    TryAgain,
    Wait(i64),
}

fn events() -> impl Strategy<Value = Vec<Event>> {
    let states = || prop::sample::select(ConnectionState::ALL);
    let causes = prop::option::of(prop::sample::select(Cause::ALL));
    let event = prop_oneof![
        4 => causes.prop_map(Event::Call),
        2 => states().prop_map(Event::Connection),
        2 => states().prop_map(Event::Looked),
        1 => Just(Event::Pause),
        1 => Just(Event::Resume),
        1 => Just(Event::TryAgain),
        3 => (1_i64..600).prop_map(Event::Wait),
    ];
    prop::collection::vec(event, 0..60)
}

proptest! {
    #[test]
    fn whatever_happens_a_person_or_an_answer_opens_the_door_again(events in events()) {
        let (mut door, mut now) = (Door::OPEN, T0);
        for event in events {
            let passage = door.passage(now);
            door = match event {
                Event::Call(cause) if passage != (Passage::None { look: door.closure().and_then(|c| c.look) }) => {
                    let outcome = cause.map_or_else(accepted, failed);
                    door.after_call(&outcome, passage == Passage::One, now)
                }
                Event::Call(_) => Change::Already,
                Event::Connection(state) => door.on_connection(state, now),
                Event::Looked(state) => door.looked(Ok(state), now, now),
                Event::Pause => door.paused(now),
                Event::Resume => door.resumed(now),
                Event::TryAgain => door.try_again(now),
                Event::Wait(seconds) => {
                    now += SignedDuration::from_secs(seconds);
                    Change::Already
                }
            }
            .or(door);
            if let Some(closure) = door.closure() {
                prop_assert!(closure.since <= now);
                // Only what a person must undo may stand without a next look.
                let by_itself = matches!(closure.why, Why::Outage | Why::Connecting | Why::Quota);
                prop_assert!(closure.look.is_some() || !by_itself, "{door:?}");
            }
        }
        let door = door.resumed(now).or(door);
        let door = door.try_again(now).or(door);
        let probe = door.passage(now) == Passage::One;
        prop_assert!(probe || door.passage(now) == Passage::All);
        prop_assert_eq!(door.after_call(&accepted(), probe, now).or(door), Door::OPEN);
    }
}

#[test]
fn a_door_whose_reason_is_gone_is_half_open_and_nothing_to_worry_about() {
    let paused = Door::OPEN.paused(T0).or(Door::OPEN);
    assert_eq!((paused.shown(), paused.standing().is_some()), ("paused", true));
    let resumed = paused.resumed(at(1)).or(paused);
    assert_eq!((resumed.shown(), resumed.as_str(), resumed.standing()), ("half_open", "paused", None));
    let logged_out = closed_by(Cause::LoggedOut);
    let paired = logged_out.on_connection(ConnectionState::Open, at(1)).or(logged_out);
    assert_eq!(paired.shown(), "half_open");
    // It met the reason again.
    let again = paired.after_call(&failed(Cause::LoggedOut), true, at(2)).or(paired);
    assert_eq!(again.shown(), "logged_out");
    // The time for another try proves nothing, nor does a key that is let in where the account owes money.
    assert_eq!(closed_by(Cause::QuotaUsedUp).shown(), "quota");
    let owes = closed_by(Cause::PaymentRequired);
    assert_eq!(owes.looked(Ok(ConnectionState::Open), at(61), at(61)).or(owes).shown(), "credentials");
}
