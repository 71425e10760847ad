//! A number that drives a phone should not write like a clock: between two messages it pauses for a moment nobody can predict.
//! The pause comes out of the time its rate leaves anyway, so that it costs no message.

use std::time::Duration;

use rand::Rng;

use crate::domain::provider::ProviderKind;

/// The part of the time between two messages that a pause may take.
const SHARE: f64 = 0.5;

/// Whoever may send faster has no pace that could give it away.
const FAST: f64 = 50.0;

/// The longest pause after a message, at `per_second`; `most` is what is configured. Zero: none, as with everybody who is
/// allowed to be a machine.
pub fn longest(kind: Option<ProviderKind>, per_second: f64, most: Duration) -> Duration {
    let is_phone = matches!(kind, Some(ProviderKind::Evolution));
    if !is_phone || per_second.is_nan() || per_second > FAST {
        return Duration::ZERO;
    }
    let left = Duration::try_from_secs_f64(SHARE / per_second.max(f64::MIN_POSITIVE)).unwrap_or(most);
    left.min(most)
}

/// A pause of at most `longest`.
pub fn pause(longest: Duration, mut random: impl Rng) -> Duration {
    longest.mul_f64(random.random_range(0.0..=1.0))
}

#[cfg(test)]
mod tests {
    use jiff::{SignedDuration, Timestamp};
    use proptest::prelude::*;
    use rand::SeedableRng;
    use rand::rngs::StdRng;

    use super::*;
    use crate::domain::rate::Bucket;

    const MOST: Duration = Duration::from_millis(300);

    proptest! {
        #[test]
        fn it_is_as_long_as_asked_for_at_most_and_shorter_than_the_rate_leaves(
            per_second in 0.001_f64..2_000.0, seed in any::<u64>(),
        ) {
            let longest = longest(Some(ProviderKind::Evolution), per_second, MOST);
            prop_assert!(longest <= MOST);
            prop_assert!(longest.as_secs_f64() <= SHARE / per_second + 1e-9);
            prop_assert!(pause(longest, StdRng::seed_from_u64(seed)) <= longest);
            for official in [Some(ProviderKind::Meta), Some(ProviderKind::Twilio), None] {
                prop_assert_eq!(super::longest(official, per_second, MOST), Duration::ZERO);
            }
        }

        #[test]
        fn it_costs_no_message(per_second in 0.2_f64..50.0, capacity in 1_u32..10, seed in any::<u64>()) {
            let mut random = StdRng::seed_from_u64(seed);
            let longest = longest(Some(ProviderKind::Evolution), per_second, MOST);
            let start = Timestamp::UNIX_EPOCH;
            let (mut bucket, mut now, mut sent) = (Bucket::full(per_second, capacity, start), start, 0_u32);
            while sent < 200 {
                let taken = bucket.take(1, now);
                bucket = taken.bucket;
                sent += taken.granted;
                let paused = now + SignedDuration::try_from(pause(longest, &mut random)).unwrap_or_default();
                now = if taken.granted == 1 { paused } else { taken.next.unwrap_or(paused) };
            }
            let took = now.duration_since(start).as_secs_f64();
            prop_assert!(took <= 200.0 / per_second + 1.0, "{took} s for 200 at {per_second} a second");
        }
    }

    #[test]
    fn nobody_waits_where_the_rate_is_no_limit() {
        assert_eq!(longest(Some(ProviderKind::Evolution), 1_000.0, MOST), Duration::ZERO);
        assert_eq!(longest(Some(ProviderKind::Evolution), 1.0, MOST), MOST);
        assert_eq!(longest(Some(ProviderKind::Evolution), 20.0, MOST), Duration::from_millis(25));
        assert_eq!(longest(Some(ProviderKind::Evolution), 1.0, Duration::ZERO), Duration::ZERO);
    }
}
