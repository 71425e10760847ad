//! What usually comes through a channel, and from when on a silence does not fit it.
//!
//! What is counted is busy stretches of five minutes, since whoever writes, writes several messages. Each hour of the week has
//! a rate, learnt from the last five weeks and smoothed with its neighbours, which also bears an hour that daylight saving moves. A silence is as
//! surprising as the logarithm of the odds against it, if busy stretches came by chance at those rates (Poisson; that a rate
//! is known from a few weeks only is reckoned with, so the odds are those of a negative binomial).
//!
//! A silence fits until its odds are below one in ten thousand, or, where worse has been seen (a holiday, a closed week), until
//! it is half as surprising again as anything in those five weeks. Customers are no dice: who has written is likely to write
//! on. Measured with such customers (the test below), fewer than one silence in a thousand that comes by chance is called
//! unfit, seven a year at a busy desk. And that is not an alarm: it is asked about (`crate::hearing`).

use jiff::{SignedDuration, Timestamp};

/// Hours of a week.
const WEEK: usize = 168;
/// Stretches of an hour.
const STRETCHES: f64 = 12.0;
/// What is learnt from.
const LEARNT_FROM: SignedDuration = SignedDuration::from_hours(5 * 7 * 24);
/// Less is not enough to learn a week from …
const LEAST_HISTORY: SignedDuration = SignedDuration::from_hours(14 * 24);
/// … nor is a channel that was busy so seldom.
const LEAST_BUSY: u32 = 40;
/// One silence in so many would be unfit, were customers dice.
const ODDS: f64 = 10000.0;
/// By so much a silence must surpass all that were seen.
const BEYOND: f64 = 1.5;
/// Who has not been surprised after this is not listening for rates.
const LONGEST: SignedDuration = SignedDuration::from_hours(14 * 24);

/// An hour with traffic.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Hour {
    /// Its beginning.
    pub at: Timestamp,
    /// Five minutes of it in which a customer wrote: 1 to 12.
    pub busy: u32,
}

/// What usually comes, by hour of the week.
#[derive(Clone, Debug)]
pub struct Baseline {
    /// Busy stretches, smoothed.
    busy: [f64; WEEK],
    /// Stretches in which there could have been some.
    seen: [f64; WEEK],
    /// From this surprise on a silence does not fit.
    bar: f64,
}

impl Baseline {
    /// From when on hours count for a silence that began at `until`.
    #[must_use]
    pub fn learns_from(until: Timestamp) -> Timestamp {
        until.checked_sub(LEARNT_FROM).unwrap_or(Timestamp::MIN)
    }

    /// Learns from hours, oldest first, until a silence began. `None`: they say too little, and any silence fits.
    #[must_use]
    pub fn learn(hours: &[Hour], until: Timestamp) -> Option<Self> {
        let earliest = Self::learns_from(until);
        let hours: Vec<_> = hours.iter().filter(|hour| hour.at >= earliest && hour.at <= until).collect();
        let first = hours.first()?.at;
        let busy_in_all: u32 = hours.iter().map(|hour| hour.busy).sum();
        if until.duration_since(first) < LEAST_HISTORY || busy_in_all < LEAST_BUSY {
            return None;
        }
        let (mut counted, mut seen) = ([0.0; WEEK], [0.0; WEEK]);
        let span: Vec<usize> = (number(first)..=number(until)).map(of_week).collect();
        for hour in &span {
            seen[*hour] += STRETCHES;
        }
        for hour in &hours {
            counted[of_week(number(hour.at))] += f64::from(hour.busy);
        }
        let around = |hour: usize| {
            (counted[(hour + WEEK - 1) % WEEK] + 2.0 * counted[hour] + counted[(hour + 1) % WEEK]) / 4.0
        };
        let busy = std::array::from_fn(around);
        let mut baseline = Self { busy, seen, bar: 0.0 };
        baseline.bar = ODDS.ln().max(BEYOND * baseline.worst(&span, number(first), &hours));
        Some(baseline)
    }

    /// Until when a silence fits that began at `since`. `None`: for ever, as far as can be said.
    #[must_use]
    pub fn fits_until(&self, since: Timestamp) -> Option<Timestamp> {
        let (mut at, mut surprise) = (since, 0.0);
        let end = since.checked_add(LONGEST).unwrap_or(Timestamp::MAX);
        while at < end {
            let next = Timestamp::from_second((number(at) + 1) * 3600).ok()?;
            let share = next.duration_since(at).as_secs_f64() / 3600.0;
            let more = self.surprise(of_week(number(at)), share);
            if surprise + more >= self.bar {
                // Nearly even within the hour.
                let part = share * 3600.0 * (self.bar - surprise) / more;
                return at.checked_add(SignedDuration::try_from_secs_f64(part).ok()?).ok();
            }
            (at, surprise) = (next, surprise + more);
        }
        None
    }

    /// Of silence during a share of an hour of the week.
    fn surprise(&self, hour: usize, share: f64) -> f64 {
        let seen = self.seen[hour].max(STRETCHES);
        self.busy[hour] * (share * STRETCHES / seen).ln_1p()
    }

    /// The most surprising silence of whole hours that was seen.
    fn worst(&self, span: &[usize], first: i64, hours: &[&Hour]) -> f64 {
        let mut busy = hours.iter().map(|hour| number(hour.at) - first).peekable();
        let (mut worst, mut silence) = (0.0_f64, 0.0);
        for (n, hour) in span.iter().enumerate() {
            if busy.next_if(|busy| usize::try_from(*busy) == Ok(n)).is_some() {
                silence = 0.0;
            } else {
                silence += self.surprise(*hour, 1.0);
                worst = worst.max(silence);
            }
        }
        worst
    }
}

/// Hours since the epoch.
fn number(at: Timestamp) -> i64 {
    at.as_second().div_euclid(3600)
}

fn of_week(number: i64) -> usize {
    usize::try_from(number.rem_euclid(WEEK as i64)).unwrap_or_default()
}

#[cfg(test)]
mod tests;
