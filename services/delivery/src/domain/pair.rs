//! Meta's limit for one business and one customer: a message in six seconds, and bursts of 45 borrowed from the time to
//! come. Kept here, the provider never has to say it (131056), and nothing is refused.

use std::time::Duration;

use jiff::Timestamp;

use crate::domain::provider::ProviderKind;

/// One message in so long; `delivery.pair_interval()` says the same.
pub const EVERY: Duration = Duration::from_secs(6);

/// So many at once after a rest.
pub const BURST: u32 = 45;

/// Whether a channel's messages to one customer are paced.
pub const fn applies(kind: Option<ProviderKind>) -> bool {
    matches!(kind, Some(ProviderKind::Meta))
}

/// When the next message may go. `paid_until`: what was sent so far is paid for by then. `None`: now.
pub fn next(paid_until: Option<Timestamp>, now: Timestamp) -> Option<Timestamp> {
    let borrowed = EVERY * (BURST - 1);
    paid_until.and_then(|at| at.checked_sub(borrowed).ok()).filter(|at| *at > now)
}

#[cfg(test)]
mod tests {
    use jiff::SignedDuration;
    use proptest::prelude::*;

    use super::*;

    /// As `delivery.intend` writes it.
    fn paid(before: Option<Timestamp>, now: Timestamp) -> Timestamp {
        before.map_or(now, |at| at.max(now)) + EVERY
    }

    proptest! {
        #[test]
        fn in_any_span_no_more_than_the_burst_and_one_in_six_seconds(
            pauses in prop::collection::vec(0_i64..20_000, 1..200),
        ) {
            let (mut now, mut paid_until, mut sent) = (Timestamp::UNIX_EPOCH, None, Vec::new());
            for pause in pauses {
                now += SignedDuration::from_millis(pause);
                if next(paid_until, now).is_none() {
                    paid_until = Some(paid(paid_until, now));
                    sent.push(now);
                }
            }
            for (i, first) in sent.iter().enumerate() {
                for (j, last) in sent.iter().enumerate().skip(i) {
                    let most = f64::from(BURST) + last.duration_since(*first).as_secs_f64() / 6.0;
                    prop_assert!((j - i + 1) as f64 <= most + 1e-6);
                }
            }
        }
    }

    #[test]
    fn a_rested_pair_may_burst_then_waits_six_seconds() {
        let (now, mut paid_until) = (Timestamp::UNIX_EPOCH, None);
        for _ in 0..BURST {
            assert_eq!(next(paid_until, now), None);
            paid_until = Some(paid(paid_until, now));
        }
        assert_eq!(next(paid_until, now), Some(now + EVERY));
    }
}
