use backoff::{CONVERSATION, FAST};
use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;
use rand::SeedableRng;
use rand::rngs::StdRng;

use super::*;
use crate::domain::unknown::RECONCILE_FOR;

const NOW: Timestamp = Timestamp::UNIX_EPOCH;

fn terms(profile: &Profile) -> Terms<'_> {
    Terms { profile, not_after: None, reconcile_for: RECONCILE_FOR }
}

fn settled(terms: Terms<'_>, attempt: Attempt, outcome: impl Into<Outcome>) -> Settlement {
    settle(terms, attempt, &outcome.into(), NOW, StdRng::seed_from_u64(7))
}

fn first() -> Attempt {
    Attempt::default()
}

fn seconds_until(at: Timestamp) -> f64 {
    at.duration_since(NOW).as_secs_f64()
}

#[test]
fn an_accepted_message_is_sent() {
    let outcome = Outcome::Accepted { provider_id: "3EB0A1B2C3D4E5F6071829".into() };
    let state = State::Sent { provider_id: "3EB0A1B2C3D4E5F6071829".into(), at: NOW };
    assert_eq!(settled(terms(&CONVERSATION), first(), outcome), Settlement::Done(state));
}

#[test]
fn every_cause_ends_where_its_class_says() {
    for cause in Cause::ALL.iter().copied() {
        let settlement = settled(terms(&CONVERSATION), first(), Trouble::new(cause));
        let fits = match (RetryClass::of(cause, None), &settlement) {
            (RetryClass::Retry, Settlement::RetryAt { .. }) => Why::of(&Trouble::new(cause)).is_none(),
            (RetryClass::Retry, Settlement::Park { door: Why::Connecting, .. }) => true,
            (RetryClass::Rate { .. }, Settlement::Wait { .. }) => true,
            (RetryClass::Perm | RetryClass::PermTemplate, Settlement::Dead { cause: dead }) => *dead == cause,
            (RetryClass::Auth { door }, Settlement::Park { door: parked, .. }) => door == *parked,
            (RetryClass::Ambiguous, Settlement::Unknown { reconcile_until, .. }) => {
                *reconcile_until == NOW + RECONCILE_FOR
            }
            _ => false,
        };
        assert!(fits, "{cause}: {settlement:?}");
    }
}

#[test]
fn a_message_is_tried_as_often_as_its_profile_says_and_then_given_up() {
    for tries_before in 0..FAST.tries() {
        let attempt = Attempt { tries_before, ..first() };
        let settlement = settled(terms(&FAST), attempt, Trouble::new(Cause::ProviderError));
        match FAST.delays().get(tries_before as usize) {
            Some(delay) => {
                let Settlement::RetryAt { at, cause: Cause::ProviderError } = settlement else {
                    unreachable!("try {tries_before} is not the last: {settlement:?}")
                };
                let ratio = seconds_until(at) / delay.as_secs_f64();
                assert!((0.89..=1.11).contains(&ratio), "{ratio}");
            }
            None => assert_eq!(settlement, Settlement::Dead { cause: Cause::ProviderError }),
        }
    }
}

#[test]
fn what_the_provider_asks_for_wins_over_the_profile() {
    let trouble = Trouble { retry_after: Some(Duration::from_secs(300)), ..Trouble::new(Cause::Unavailable) };
    let settlement = settled(terms(&CONVERSATION), first(), trouble);
    assert_eq!(
        settlement,
        Settlement::RetryAt { at: NOW + SignedDuration::from_secs(300), cause: Cause::Unavailable }
    );
}

#[test]
fn a_limit_costs_no_try_and_slows_the_channel_ever_more() {
    let mut waits = Vec::new();
    for waits_before in [0, 1, 2, 8, 9, 40] {
        let attempt = Attempt { waits_before, tries_before: 99, ..first() };
        let Settlement::Wait { until, scope: Scope::Channel, .. } =
            settled(terms(&FAST), attempt, Trouble::new(Cause::RateLimited))
        else {
            unreachable!("a limit is waited for")
        };
        waits.push(seconds_until(until));
    }
    assert_eq!(waits, [1.0, 2.0, 4.0, 60.0, 60.0, 60.0], "not longer than an outage makes customers wait");

    let hours = Trouble { retry_after: Some(Duration::from_secs(7200)), ..Trouble::new(Cause::RateLimited) };
    let Settlement::Wait { until, .. } = settled(terms(&FAST), Attempt { waits_before: 2, ..first() }, hours)
    else {
        unreachable!("a limit is waited for")
    };
    assert_eq!(seconds_until(until), 7200.0, "what the provider asked for is neither cut nor doubled");
}

#[test]
fn too_much_for_one_person_waits_four_times_as_long_each_time() {
    let waits = [0, 1, 2, 3, 9].map(|waits_before| {
        let attempt = Attempt { waits_before, ..first() };
        match settled(terms(&FAST), attempt, Trouble::new(Cause::PairLimited)) {
            Settlement::Wait { until, scope: Scope::Recipient, .. } => seconds_until(until),
            other => unreachable!("{other:?}"),
        }
    });
    assert_eq!(waits, [1.0, 4.0, 16.0, 64.0, 300.0]);
}

#[test]
fn a_limit_of_hours_is_not_asked_again_for_ever() {
    for waits_before in 0..=MOST_LONG_WAITS {
        let attempt = Attempt { waits_before, ..first() };
        let settlement = settled(terms(&FAST), attempt, Trouble::new(Cause::HeldBack));
        let given_up = settlement == Settlement::Dead { cause: Cause::HeldBack };
        assert_eq!(given_up, waits_before == MOST_LONG_WAITS, "{waits_before}: {settlement:?}");
    }
}

#[test]
fn what_fails_without_a_name_is_tried_once_more_whatever_the_profile_says() {
    for cause in [Cause::Glitch, Cause::MediaFailed] {
        assert!(matches!(
            settled(terms(&CONVERSATION), first(), Trouble::new(cause)),
            Settlement::RetryAt { .. }
        ));
        let second = Attempt { tries_before: 1, ..first() };
        assert_eq!(settled(terms(&CONVERSATION), second, Trouble::new(cause)), Settlement::Dead { cause });
    }
}

#[test]
fn free_text_outside_the_window_goes_as_its_template_where_it_names_one() {
    let cause = Cause::WindowClosed;
    let left = Attempt { template_left: true, ..first() };
    assert_eq!(settled(terms(&FAST), left, Trouble::new(cause)), Settlement::AsTemplate { cause });
    assert_eq!(settled(terms(&FAST), first(), Trouble::new(cause)), Settlement::Dead { cause });
}

#[test]
fn a_message_that_would_be_too_late_is_dropped_now() {
    let expired = Settlement::Done(State::Expired { reason: ExpireReason::TooLateToRetry });
    let soon = Some(NOW + SignedDuration::from_secs(30));
    let short = Terms { not_after: soon, ..terms(&CONVERSATION) };
    assert_eq!(settled(short, first(), Trouble::new(Cause::Unavailable)), expired);
    let minute = Trouble { retry_after: Some(Duration::from_secs(60)), ..Trouble::new(Cause::RateLimited) };
    assert_eq!(settled(short, first(), minute), expired);
    // But what is unknown, parked or dead says so.
    for cause in [Cause::NoAnswer, Cause::KeyRefused, Cause::NotOnWhatsApp] {
        assert_ne!(settled(short, first(), Trouble::new(cause)), expired, "{cause}");
    }
}

#[test]
fn the_probe_of_an_outage_costs_no_try() {
    let probe = Attempt { probe: true, ..first() };
    assert_eq!(
        settled(terms(&FAST), probe, Trouble::new(Cause::Unreachable)),
        Settlement::Park { door: Why::Outage, cause: Cause::Unreachable }
    );
    let unknown = settled(terms(&FAST), probe, Trouble::new(Cause::NoAnswer));
    assert!(matches!(unknown, Settlement::Unknown { .. }), "what left may have arrived, probe or not");
    let own_fault = settled(terms(&FAST), probe, Trouble::new(Cause::ProviderError));
    assert!(matches!(own_fault, Settlement::RetryAt { .. }));
}

proptest! {
    #[test]
    fn nothing_is_tried_more_often_than_its_profile_or_after_its_end(
        causes in prop::collection::vec(prop::sample::select(Cause::ALL), 1..80),
        not_after in prop::option::of(1_i64..5000),
        seed: u64,
    ) {
        let mut rng = StdRng::seed_from_u64(seed);
        let not_after = not_after.map(|seconds| NOW + SignedDuration::from_secs(seconds));
        let terms = Terms { not_after, ..terms(&CONVERSATION) };
        let (mut now, mut attempt, mut tries) = (NOW, first(), 0);
        for cause in causes {
            let settlement = settle(terms, attempt, &Trouble::new(cause).into(), now, &mut rng);
            let next = match settlement {
                Settlement::RetryAt { at, .. } => {
                    tries += 1;
                    attempt = Attempt { tries_before: tries, ..first() };
                    at
                }
                Settlement::Wait { until, .. } => {
                    attempt.waits_before += 1;
                    until
                }
                Settlement::Park { .. } => now,
                Settlement::AsTemplate { .. } => unreachable!("none is left"),
                Settlement::Done(_) | Settlement::Dead { .. } | Settlement::Unknown { .. } => break,
            };
            prop_assert!(next >= now && not_after.is_none_or(|end| next < end));
            prop_assert!(tries < terms.profile.tries());
            now = next;
        }
    }
}
