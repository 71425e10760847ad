//! How long something takes: nothing, a fixed time, a range, or a distribution with a tail.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use rand::Rng;
use serde::{Deserialize, Serialize};

/// A duration to be drawn; written `250`, `100..400` or `lognormal:2500:8000` (median and 95th percentile),
/// all in milliseconds.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Written", into = "String")]
pub enum Delay {
    /// Always the same.
    Fixed(Duration),
    /// Anything between the two, evenly.
    Range(Duration, Duration),
    /// Log-normal, as waiting for a model is: given by its median and its 95th percentile.
    LogNormal {
        /// Half of all draws are shorter.
        median: Duration,
        /// One draw in twenty is longer.
        p95: Duration,
    },
}

impl Delay {
    /// No delay.
    pub const NONE: Self = Self::Fixed(Duration::ZERO);

    /// A fixed number of milliseconds.
    pub const fn millis(ms: u64) -> Self {
        Self::Fixed(Duration::from_millis(ms))
    }

    /// Draws one.
    pub fn draw(self, random: &mut impl Rng) -> Duration {
        match self {
            Self::Fixed(length) => length,
            Self::Range(from, to) => random.random_range(from..=to.max(from)),
            Self::LogNormal { median, p95 } => {
                // 1.6449 standard deviations lie between the median and the 95th percentile.
                let spread = (p95.as_secs_f64() / median.as_secs_f64().max(1e-9)).max(1.0).ln() / 1.6449;
                let normal = standard_normal(random);
                Duration::from_secs_f64((median.as_secs_f64() * (spread * normal).exp()).min(3600.0))
            }
        }
    }

    /// Draws one and waits that long; returns at once for none.
    pub(crate) async fn wait(self) {
        if self != Self::NONE {
            let length = self.draw(&mut rand::rng());
            tokio::time::sleep(length).await;
        }
    }
}

/// Box-Muller, one of the pair.
fn standard_normal(random: &mut impl Rng) -> f64 {
    let (radius, angle): (f64, f64) = (random.random_range(f64::EPSILON..1.0), random.random_range(0.0..1.0));
    (-2.0 * radius.ln()).sqrt() * (std::f64::consts::TAU * angle).cos()
}

impl FromStr for Delay {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let millis = |part: &str| {
            part.trim().parse().map(Duration::from_millis).map_err(|_| {
                format!("`{text}` is no delay: write milliseconds (250), a range (100..400) or lognormal:2500:8000")
            })
        };
        if let Some(parts) = text.strip_prefix("lognormal:") {
            let (median, p95) = parts.split_once(':').unwrap_or((parts, ""));
            return Ok(Self::LogNormal { median: millis(median)?, p95: millis(p95)? });
        }
        match text.split_once("..") {
            Some((from, to)) => Ok(Self::Range(millis(from)?, millis(to)?)),
            None => Ok(Self::Fixed(millis(text)?)),
        }
    }
}

impl fmt::Display for Delay {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Fixed(length) => write!(out, "{}", length.as_millis()),
            Self::Range(from, to) => write!(out, "{}..{}", from.as_millis(), to.as_millis()),
            Self::LogNormal { median, p95 } => {
                write!(out, "lognormal:{}:{}", median.as_millis(), p95.as_millis())
            }
        }
    }
}

impl From<Delay> for String {
    fn from(delay: Delay) -> Self {
        delay.to_string()
    }
}

/// In JSON a plain number of milliseconds will do.
#[derive(Deserialize)]
#[serde(untagged)]
enum Written {
    Millis(u64),
    Text(String),
}

impl TryFrom<Written> for Delay {
    type Error = String;

    fn try_from(written: Written) -> Result<Self, String> {
        match written {
            Written::Millis(ms) => Ok(Self::millis(ms)),
            Written::Text(text) => text.parse(),
        }
    }
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng;
    use rand::rngs::StdRng;

    use super::*;

    #[test]
    fn delays_are_written_and_read_back() {
        for text in ["0", "250", "100..400", "lognormal:2500:8000"] {
            assert_eq!(text.parse::<Delay>().unwrap().to_string(), text);
        }
        assert_eq!(serde_json::from_str::<Delay>("40").unwrap(), Delay::millis(40));
        for text in ["", "fast", "1..x", "lognormal:5"] {
            assert!(text.parse::<Delay>().unwrap_err().contains("is no delay"), "{text}");
        }
    }

    #[test]
    fn the_log_normal_has_the_median_and_the_tail_it_promises() {
        let delay: Delay = "lognormal:100:400".parse().unwrap();
        let mut random = StdRng::seed_from_u64(7);
        let mut draws: Vec<u128> = (0..4000).map(|_| delay.draw(&mut random).as_millis()).collect();
        draws.sort_unstable();
        assert!((90..=110).contains(&draws[2000]), "median {}", draws[2000]);
        assert!((350..=450).contains(&draws[3800]), "p95 {}", draws[3800]);
    }
}
