use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;

use super::*;

const T0: Timestamp = Timestamp::UNIX_EPOCH;

fn after(millis: i64) -> Timestamp {
    T0 + SignedDuration::from_millis(millis)
}

#[test]
fn a_burst_and_then_one_per_second() {
    let taken = Bucket::full(1.0, 5, T0).take(7, T0);
    assert_eq!((taken.granted, taken.next), (5, Some(after(1000))));
    let taken = taken.bucket.take(1, after(999));
    assert_eq!((taken.granted, taken.next), (0, Some(after(1000))));
    let taken = taken.bucket.take(1, after(1000));
    assert_eq!((taken.granted, taken.next), (1, None));
    assert_eq!(taken.bucket.take(9, after(60_000)).granted, 5, "a quiet minute fills it, and no more");
}

#[test]
fn a_clock_that_steps_back_refills_nothing() {
    let taken = Bucket::full(1.0, 2, after(5000)).take(1, after(5000));
    let taken = taken.bucket.take(1, T0);
    assert_eq!(taken.granted, 1, "what is there may be taken");
    let taken = taken.bucket.take(1, after(1000));
    assert_eq!((taken.granted, taken.next), (0, Some(after(6000))));
}

#[test]
fn a_held_bucket_grants_nothing_until_then_and_starts_with_one() {
    let held = Bucket::full(2.0, 5, T0).held_until(after(10_000));
    for millis in [0, 5000, 9999] {
        let taken = held.take(1, after(millis));
        assert_eq!((taken.granted, taken.next), (0, Some(after(10_000))));
    }
    assert_eq!(held.take(5, after(10_000)).granted, 1);
    assert_eq!(held.held_until(T0), held, "a hold that has passed changes nothing");
}

#[test]
fn a_hold_hands_out_nothing_that_was_not_due() {
    let empty = Bucket::full(1.0, 5, T0).take(5, T0).bucket;
    assert_eq!(empty.held_until(after(1)).take(1, after(1)).granted, 0);
}

#[test]
fn new_limits_keep_what_it_holds() {
    let bucket = Bucket::full(1.0, 5, T0).take(1, T0).bucket;
    assert_eq!(bucket.with_limits(1.0, 2, T0).take(9, T0).granted, 2);
    assert_eq!(bucket.with_limits(10.0, 50, T0).take(9, T0).granted, 4);
}

#[test]
fn a_row_edited_by_hand_stays_harmless() {
    for (tokens, per_second, capacity) in
        [(f64::NAN, f64::NAN, 0), (-1e9, -1.0, 5), (1e18, 1e18, 5), (9.0, 0.0, 2)]
    {
        let taken = Bucket { tokens, at: T0, per_second, capacity }.take(100, T0);
        assert!(taken.granted <= capacity.max(1), "{tokens} {per_second} {capacity}");
        assert!(taken.next.is_some_and(|next| next >= T0));
    }
}

#[derive(Clone, Debug)]
enum Step {
    Take { n: u32, later_micros: i64 },
    Hold { for_micros: i64 },
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        8 => (0_u32..20, -2_000_000_i64..5_000_000).prop_map(|(n, later_micros)| Step::Take { n, later_micros }),
        1 => (0_i64..3_000_000).prop_map(|for_micros| Step::Hold { for_micros }),
    ];
    prop::collection::vec(step, 1..60)
}

proptest! {
    #[test]
    fn never_more_than_capacity_and_rate_in_any_window(
        per_second in 0.01_f64..500.0, capacity in 1_u32..50, steps in steps(),
    ) {
        let mut bucket = Bucket::full(per_second, capacity, T0);
        let (mut clock, mut latest) = (T0, T0);
        let mut grants: Vec<(Timestamp, u32)> = Vec::new();
        for step in steps {
            // Every owner reads it from the row another owner wrote.
            bucket = serde_json::from_str(&serde_json::to_string(&bucket).unwrap()).unwrap();
            match step {
                Step::Hold { for_micros } => {
                    bucket = bucket.held_until(clock + SignedDuration::from_micros(for_micros));
                }
                Step::Take { n, later_micros } => {
                    clock += SignedDuration::from_micros(later_micros);
                    let taken = bucket.take(n, clock);
                    prop_assert!(taken.granted <= n);
                    prop_assert_eq!(taken.next.is_some(), taken.granted < n);
                    prop_assert!(taken.next.is_none_or(|next| next > clock));
                    bucket = taken.bucket;
                    if taken.granted > 0 {
                        // Judged by the latest time paid at: a clock that steps back must not buy anything.
                        latest = latest.max(clock);
                        grants.push((latest, taken.granted));
                    }
                }
            }
        }
        for (start, (from, _)) in grants.iter().enumerate() {
            let mut sum = 0_u32;
            for (until, granted) in &grants[start..] {
                sum += granted;
                let span = until.duration_since(*from).as_secs_f64();
                let most = f64::from(capacity) + per_second * span + 1e-6;
                prop_assert!(f64::from(sum) <= most, "{sum} in {span} s, at most {most}");
            }
        }
    }

    #[test]
    fn whoever_comes_back_when_told_is_served(
        per_second in 0.01_f64..5000.0, capacity in 1_u32..50, offset in 0_i64..10_000_000,
    ) {
        let now = T0 + SignedDuration::from_micros(offset);
        let mut bucket = Bucket::full(per_second, capacity, now).take(capacity, now).bucket;
        let mut clock = now;
        for _ in 0..20 {
            let taken = bucket.take(1, clock);
            bucket = taken.bucket;
            if let Some(next) = taken.next {
                clock = next;
                let again = bucket.take(1, clock);
                prop_assert_eq!(again.granted, 1);
                bucket = again.bucket;
            }
        }
    }
}
