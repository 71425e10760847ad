use super::*;
use crate::domain::connection::ConnectionState;

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(1_772_409_600 + second).unwrap()
}

const NOW: i64 = 100 * 3600;

fn heard(second: i64) -> Option<Heard> {
    Some(Heard { at: Some(at(second)), inbound_at: Some(at(second)), ..Heard::default() })
}

fn seen(door: &Door) -> Seen<'_> {
    Seen {
        door,
        disabled: false,
        heard: heard(NOW - 60),
        fits_until: None,
        receipts: Receipts::default(),
        canary_every: Some(Duration::from_secs(12 * 3600)),
        provable: true,
    }
}

fn known() -> Known {
    Known {
        listened_since: at(0),
        asked_at: None,
        proven_at: None,
        doubt: None,
        deaf: None,
        trusted_at: None,
    }
}

fn deaf_since(because: Because, found: i64) -> Known {
    let (link, words, next_step) = (Link::WayBack, String::new(), String::new());
    let deaf = Deafness { because, link, words, next_step, since: at(0), found_at: at(found) };
    Known { deaf: Some(deaf), asked_at: Some(at(found)), ..known() }
}

fn connecting(since: i64) -> Door {
    Door::OPEN.on_connection(ConnectionState::Connecting, at(since)).or(Door::OPEN)
}

fn then(seen: &Seen<'_>, known: &Known) -> Next {
    next(seen, known, at(NOW))
}

#[test]
fn a_channel_with_traffic_is_left_alone() {
    assert_eq!(then(&seen(&Door::OPEN), &known()), Next::Rest);
    let unsaid = Seen { heard: None, ..seen(&Door::OPEN) };
    assert_eq!(then(&unsaid, &known()), Next::Rest, "without ingest's word nothing is judged");
}

#[test]
fn silence_that_does_not_fit_is_asked_about_and_not_again_for_a_while() {
    let silent = Seen { heard: heard(NOW - 9000), fits_until: Some(at(NOW - 1)), ..seen(&Door::OPEN) };
    assert_eq!(then(&silent, &known()), Next::Ask(Because::Silence));
    assert_eq!(then(&Seen { fits_until: Some(at(NOW + 1)), ..silent.clone() }, &known()), Next::Rest);
    let real = Known { asked_at: Some(at(NOW - 7200)), proven_at: Some(at(NOW - 7200)), ..known() };
    assert_eq!(then(&silent, &real), Next::Rest, "it was real");
    let closed = Door::OPEN.paused(at(0)).or(Door::OPEN);
    assert_eq!(then(&Seen { door: &closed, ..silent.clone() }, &known()), Next::Rest, "the door says why");
    assert_eq!(then(&Seen { disabled: true, ..silent }, &known()), Next::Rest);
}

#[test]
fn a_quiet_channel_gets_a_canary_now_and_then_unless_switched_off() {
    let quiet = Seen { heard: heard(NOW - 13 * 3600), ..seen(&Door::OPEN) };
    assert_eq!(then(&quiet, &known()), Next::Ask(Because::Quiet));
    assert_eq!(
        then(&Seen { heard: Some(Heard::default()), ..quiet.clone() }, &known()),
        Next::Ask(Because::Quiet)
    );
    assert_eq!(then(&Seen { canary_every: None, ..quiet.clone() }, &known()), Next::Rest);
    assert_eq!(then(&Seen { provable: false, ..quiet.clone() }, &known()), Next::Rest);
    let asked = Known { asked_at: Some(at(NOW - 3600)), ..known() };
    assert_eq!(then(&quiet, &asked), Next::Rest);
}

#[test]
fn one_failure_is_a_doubt_that_is_cleared_up_a_minute_later() {
    let doubtful = |second| Known { doubt: Some(Because::Silence), asked_at: Some(at(second)), ..known() };
    assert_eq!(then(&seen(&Door::OPEN), &doubtful(NOW - 30)), Next::Rest);
    assert_eq!(then(&seen(&Door::OPEN), &doubtful(NOW - 61)), Next::Ask(Because::Silence));
}

#[test]
fn messages_that_only_the_list_has_prove_it_at_once() {
    let missed = Heard { missed: 2, missed_at: Some(at(NOW - 5)), ..heard(NOW - 9000).unwrap() };
    let seen = Seen { heard: Some(missed), provable: false, ..seen(&Door::OPEN) };
    let Next::Deaf(deaf) = then(&seen, &known()) else { panic!("{:?}", then(&seen, &known())) };
    assert_eq!((deaf.because, deaf.link, deaf.since), (Because::Missed, Link::WayBack, at(NOW - 9000)));
    let proven = Known { proven_at: Some(at(NOW - 1)), asked_at: Some(at(NOW - 9)), ..known() };
    assert!(matches!(then(&seen, &proven), Next::Deaf(_)), "a canary shows that receipts come, and no more");
    let found = deaf_since(Because::Missed, NOW - 5);
    assert_eq!(then(&seen, &found), Next::Rest);
    let asked = Known { asked_at: Some(at(NOW + 2000)), proven_at: Some(at(NOW + 2001)), ..found };
    assert_eq!(next(&seen, &asked, at(NOW + 2070)), Next::Rest, "what goes round is not what was missed");
    let receipts = Heard { at: Some(at(NOW + 2003)), receipt_at: Some(at(NOW + 2003)), ..missed };
    assert_eq!(next(&Seen { heard: Some(receipts), ..seen.clone() }, &asked, at(NOW + 2070)), Next::Rest);
    let wrote = Heard { inbound_at: Some(at(NOW + 2003)), ..missed };
    assert_eq!(next(&Seen { heard: Some(wrote), ..seen.clone() }, &asked, at(NOW + 2070)), Next::Hears);
    let trusted = Known { trusted_at: Some(at(NOW)), ..known() };
    assert_eq!(then(&seen, &trusted), Next::Rest, "an operator's word outweighs what was missed before");
    let more = Heard { missed_at: Some(at(NOW + 1)), ..missed };
    assert!(matches!(then(&Seen { heard: Some(more), ..seen }, &trusted), Next::Deaf(_)));
}

#[test]
fn a_webhook_that_tells_less_than_all_is_not_made_up_for_by_what_it_tells() {
    let incomplete = deaf_since(Because::Incomplete, NOW - 600);
    let told = Heard { at: Some(at(NOW - 5)), receipt_at: Some(at(NOW - 5)), ..heard(NOW - 9000).unwrap() };
    assert_eq!(then(&Seen { heard: Some(told), ..seen(&Door::OPEN) }, &incomplete), Next::Rest);
    assert_eq!(then(&Seen { heard: heard(NOW - 5), ..seen(&Door::OPEN) }, &incomplete), Next::Hears);
}

#[test]
fn receipts_that_stop_are_told_from_phones_that_are_off() {
    let receipts = |taken, silent, people| Receipts { taken, silent, people };
    for (receipts, stopped) in [
        (receipts(5, 5, 3), true),
        (receipts(6, 5, 5), true),
        (receipts(20, 5, 5), false),
        (receipts(4, 4, 4), false),
        (receipts(9, 9, 1), false),
    ] {
        assert_eq!(receipts.stopped(), stopped, "{receipts:?}");
    }
    let stopped = Seen { receipts: receipts(10, 10, 8), ..seen(&Door::OPEN) };
    assert_eq!(then(&stopped, &known()), Next::Ask(Because::Receipts));
    let unprovable = Seen { provable: false, ..stopped.clone() };
    assert!(matches!(then(&unprovable, &known()), Next::Deaf(Deafness { because: Because::Receipts, .. })));
    // Messages of customers do not prove that receipts come.
    assert_eq!(then(&stopped, &deaf_since(Because::Receipts, NOW - 600)), Next::Rest);
    let came = Some(Heard { receipt_at: Some(at(NOW - 5)), ..heard(NOW - 5).unwrap() });
    let comes = Seen { heard: came, ..seen(&Door::OPEN) };
    assert_eq!(then(&comes, &deaf_since(Because::Receipts, NOW - 600)), Next::Hears);
}

#[test]
fn whoever_connects_for_too_long_is_deaf_until_the_door_says_otherwise() {
    let door = connecting(NOW - 200);
    assert_eq!(then(&seen(&door), &known()), Next::Rest, "it comes back by itself");
    let door = connecting(NOW - 400);
    let Next::Deaf(deaf_now) = then(&seen(&door), &known()) else { panic!("not deaf") };
    assert_eq!((deaf_now.link, deaf_now.since), (Link::Connection, at(NOW - 400)));
    assert_eq!(then(&seen(&door), &deaf_since(Because::Connecting, NOW - 60)), Next::Rest);
    assert_eq!(then(&seen(&Door::OPEN), &deaf_since(Because::Connecting, NOW - 60)), Next::Hears);
    let back = door.on_connection(ConnectionState::Open, at(NOW - 1)).or(door.clone());
    assert_eq!(
        then(&seen(&back), &deaf_since(Because::Connecting, NOW - 60)),
        Next::Hears,
        "it waits for a message only"
    );
}

#[test]
fn the_first_thing_that_comes_ends_it_and_until_then_it_is_asked_now_and_then() {
    let silent = Seen { heard: heard(NOW - 9000), ..seen(&Door::OPEN) };
    assert_eq!(then(&silent, &deaf_since(Because::Silence, NOW - 600)), Next::Rest);
    assert_eq!(then(&silent, &deaf_since(Because::Silence, NOW - 1801)), Next::Ask(Because::Silence));
    assert_eq!(
        then(&Seen { heard: heard(NOW - 1), ..silent.clone() }, &deaf_since(Because::Silence, NOW - 600)),
        Next::Hears
    );
    assert_eq!(
        then(&Seen { disabled: true, ..silent }, &deaf_since(Because::Silence, NOW - 600)),
        Next::Hears
    );
}
