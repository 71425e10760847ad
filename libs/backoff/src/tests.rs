use std::time::Duration;

use proptest::prelude::*;
use rand::SeedableRng;
use rand::rngs::StdRng;

use crate::{CONVERSATION, FAST, InvalidProfile, LONGEST_DELAY, MOST_DELAYS, Profile, REMINDER};

fn rng(seed: u64) -> StdRng {
    StdRng::seed_from_u64(seed)
}

fn seconds(profile: &Profile) -> Vec<f64> {
    profile.delays().iter().map(Duration::as_secs_f64).collect()
}

#[test]
fn the_built_in_profiles_are_those_of_the_old_systems() {
    assert_eq!(seconds(&CONVERSATION), [60.0, 120.0, 240.0, 480.0, 960.0]);
    assert_eq!(seconds(&REMINDER), [5.0, 25.0, 125.0, 625.0, 3125.0]);
    assert_eq!(seconds(&FAST), [0.05, 0.1, 0.2, 0.4, 0.8]);
    for profile in [&CONVERSATION, &REMINDER, &FAST] {
        assert_eq!(profile.tries(), 6, "five delays mean six tries");
        assert_eq!(Profile::named(profile.name()).as_ref(), Some(profile));
    }
    assert_eq!(Profile::named("hourly"), None);
}

#[test]
fn the_first_try_is_due_at_once_and_after_the_last_there_is_none() {
    assert_eq!(CONVERSATION.next(0, rng(1), None), Some(Duration::ZERO));
    assert!(CONVERSATION.next(5, rng(1), None).is_some());
    assert_eq!(CONVERSATION.next(6, rng(1), None), None);
    assert_eq!(CONVERSATION.next(6, rng(1), Some(Duration::from_secs(1))), None, "a wish buys no try");
}

#[test]
fn a_profile_without_delays_is_one_try() {
    let once = Profile::try_new("once", Vec::new()).unwrap();
    assert_eq!(once.tries(), 1);
    assert_eq!(once.next(1, rng(1), None), None);
    assert_eq!(once.longest(), Duration::ZERO);
}

#[test]
fn bad_profiles_are_refused_with_what_is_wrong() {
    assert_eq!(Profile::try_new("", Vec::new()), Err(InvalidProfile::NoName));
    assert_eq!(
        Profile::try_new("x", vec![Duration::ZERO; MOST_DELAYS + 1]),
        Err(InvalidProfile::TooManyDelays { count: MOST_DELAYS + 1 })
    );
    let delay = LONGEST_DELAY + Duration::from_secs(1);
    assert_eq!(
        Profile::try_new("x", vec![Duration::ZERO, delay]),
        Err(InvalidProfile::TooLong { position: 2, delay })
    );
}

fn profiles() -> impl Strategy<Value = Profile> {
    prop::collection::vec(0..LONGEST_DELAY.as_millis() as u64, 0..20).prop_map(|delays| {
        Profile::try_new("any", delays.into_iter().map(Duration::from_millis).collect()).unwrap()
    })
}

proptest! {
    #[test]
    fn there_are_exactly_as_many_tries_as_it_says(profile in profiles(), seed: u64) {
        let mut rng = rng(seed);
        let mut done = 0;
        while profile.next(done, &mut rng, None).is_some() {
            done += 1;
            prop_assert!(done <= profile.tries());
        }
        prop_assert_eq!(done, profile.tries());
    }

    #[test]
    fn every_delay_stays_within_its_jitter(profile in profiles(), seed: u64) {
        let mut rng = rng(seed);
        for (index, delay) in profile.delays().iter().enumerate() {
            let next = profile.next(index as u32 + 1, &mut rng, None).unwrap();
            prop_assert!(next >= delay.mul_f64(0.9 - 1e-9) && next <= delay.mul_f64(1.1 + 1e-9));
            prop_assert!(next <= profile.longest() + Duration::from_nanos(1));
        }
    }

    #[test]
    fn what_the_provider_asks_for_wins_when_it_is_longer(
        profile in profiles(), seed: u64, asked in 0..2 * LONGEST_DELAY.as_millis() as u64,
    ) {
        let asked = Duration::from_millis(asked);
        for done in 1..profile.tries() {
            let own = profile.next(done, rng(seed), None).unwrap();
            let next = profile.next(done, rng(seed), Some(asked)).unwrap();
            prop_assert_eq!(next, own.max(asked));
        }
    }

    #[test]
    fn the_same_randomness_gives_the_same_delay(profile in profiles(), seed: u64, done in 0_u32..30) {
        prop_assert_eq!(profile.next(done, rng(seed), None), profile.next(done, rng(seed), None));
    }
}
