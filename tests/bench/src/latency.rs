//! Percentiles. Every single value is kept: a run has thousands, and a histogram would only blur them.

use std::time::Duration;

use serde::Serialize;

/// Durations of one kind, of one phase.
#[derive(Debug, Clone, Default)]
pub struct Latencies(Vec<Duration>);

impl Latencies {
    /// From values in any order.
    #[must_use]
    pub fn of(values: impl IntoIterator<Item = Duration>) -> Self {
        let mut values: Vec<Duration> = values.into_iter().collect();
        values.sort_unstable();
        Self(values)
    }

    /// The value below which the given share of all values lies (nearest rank); zero if there are none.
    #[must_use]
    pub fn percentile(&self, share: f64) -> Duration {
        let rank = (self.0.len() as f64 * share).ceil() as usize;
        self.0.get(rank.saturating_sub(1)).or(self.0.last()).copied().unwrap_or_default()
    }

    /// What is reported of them.
    #[must_use]
    pub fn summary(&self) -> Summary {
        let ms = |share| millis(self.percentile(share));
        Summary { count: self.0.len(), p50_ms: ms(0.5), p90_ms: ms(0.9), p99_ms: ms(0.99), max_ms: ms(1.0) }
    }
}

/// Percentiles, in milliseconds.
#[derive(Debug, Clone, Copy, Default, Serialize)]
pub struct Summary {
    pub count: usize,
    pub p50_ms: f64,
    pub p90_ms: f64,
    pub p99_ms: f64,
    pub max_ms: f64,
}

/// A duration in milliseconds, to the microsecond.
pub fn millis(length: Duration) -> f64 {
    (length.as_secs_f64() * 1e6).round() / 1e3
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_values_that_occurred() {
        let all = Latencies::of((1..=200).rev().map(Duration::from_millis));
        assert_eq!(all.percentile(0.5), Duration::from_millis(100));
        assert_eq!(all.percentile(0.99), Duration::from_millis(198));
        assert_eq!(all.percentile(1.0), Duration::from_millis(200));
        assert_eq!(all.percentile(0.0), Duration::from_millis(1));
    }

    #[test]
    fn of_nothing_they_are_zero_and_of_one_they_are_it() {
        assert_eq!(Latencies::default().percentile(0.99), Duration::ZERO);
        let one = Latencies::of([Duration::from_micros(1_234)]).summary();
        assert_eq!((one.count, one.p50_ms, one.p99_ms), (1, 1.234, 1.234));
    }
}
