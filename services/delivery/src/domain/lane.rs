//! Which messages go first.
//!
//! Lanes share a channel 8 : 3 : 1 while all of them have something to send (self-clocked fair queueing): what somebody waits
//! for goes first as long as it keeps to its share, and nothing starves. A lane that rests saves up one turn and no more.

use crate::domain::text::words;

words! {
    /// How urgent a message is. Order holds within a lane of a conversation.
    pub enum Lane as "lane" {
        /// What somebody waits for: replies, confirmations.
        High = "high",
        /// Reminders, notices.
        Normal = "normal",
        /// Campaigns.
        Bulk = "bulk",
    }
}

/// How many messages of each lane go while all have some, best first.
pub const WEIGHTS: [f64; 3] = [8.0, 3.0, 1.0];

impl Lane {
    /// The lane of a row's number.
    pub fn of(number: i16) -> Option<Self> {
        usize::try_from(number).ok().and_then(|place| Self::ALL.get(place)).copied()
    }
}

/// Where each lane of a channel stands against its share: behind it (below 0) or on it. In memory only: a new owner begins
/// anew, which changes an order and no number.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Turns([f64; 3]);

impl Turns {
    /// From where each lane's turns count: the n-th message of a lane has its turn at `begun + n / weight`.
    pub const fn begun(&self) -> [f64; 3] {
        self.0
    }

    /// A message of this lane goes.
    pub fn served(&mut self, lane: Lane) {
        let turn = self.0[lane as usize] + WEIGHTS[lane as usize].recip();
        for (behind, weight) in self.0.iter_mut().zip(WEIGHTS) {
            // Who rests saves up the turn of one message and no more.
            *behind = (*behind - turn).max(-weight.recip());
        }
        self.0[lane as usize] = 0.0;
    }

    /// The lane whose turn it is, of those that have something to send.
    pub fn next(&self, waiting: impl Fn(Lane) -> bool) -> Option<Lane> {
        let turn = |lane: &Lane| self.0[*lane as usize] + WEIGHTS[*lane as usize].recip();
        Lane::ALL.iter().copied().filter(|lane| waiting(*lane)).min_by(|a, b| turn(a).total_cmp(&turn(b)))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// How many of each lane go out of `n`, when those waiting always have more.
    fn shares(turns: &mut Turns, n: usize, waiting: [bool; 3]) -> [usize; 3] {
        let mut counts = [0; 3];
        for _ in 0..n {
            let Some(lane) = turns.next(|lane| waiting[lane as usize]) else { break };
            turns.served(lane);
            counts[lane as usize] += 1;
        }
        counts
    }

    #[test]
    fn the_best_lane_goes_first_and_nobody_starves() {
        let mut turns = Turns::default();
        assert_eq!(turns.next(|_| true), Some(Lane::High));
        let counts = shares(&mut turns, 1200, [true; 3]);
        assert!(
            counts.into_iter().zip([800, 300, 100]).all(|(count, share)| count.abs_diff(share) <= 1),
            "{counts:?}"
        );
        assert_eq!(shares(&mut turns, 100, [false, false, true]), [0, 0, 100]);
    }

    #[test]
    fn a_reply_among_thousands_of_others_is_next() {
        let mut turns = Turns::default();
        shares(&mut turns, 5000, [false, true, true]);
        assert_eq!(turns.next(|_| true), Some(Lane::High));
    }

    proptest! {
        #[test]
        fn whatever_was_before_the_shares_hold_from_now_on(
            before in prop::collection::vec((0_usize..3, 1_usize..400), 0..6), n in 1_usize..60,
        ) {
            let mut turns = Turns::default();
            for (lane, many) in before {
                let mut waiting = [false; 3];
                waiting[lane] = true;
                shares(&mut turns, many, waiting);
            }
            let counts = shares(&mut turns, 12 * n, [true; 3]);
            for (count, share) in counts.into_iter().zip([8, 3, 1]) {
                prop_assert!(count.abs_diff(share * n) <= 2, "{counts:?} of {}", 12 * n);
            }
            prop_assert!(turns.begun().iter().all(|behind| (-1.0..=0.0).contains(behind)));
        }
    }
}
