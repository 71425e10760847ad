use std::str::FromStr;
use std::time::Duration;

use jiff::SignedDuration;
use serde::{Deserialize, Deserializer, Serialize, de::Error as _};
use thiserror::Error;

/// A length of time as people write it in configuration: `"500ms"`, `"90s"`, `"2h 30m"`, `"1d"` (24 hours).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Period(Duration);

/// A text is not a length of time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("must be a length of time with its unit, such as \"500ms\", \"90s\", \"2h 30m\" or \"1d\"")]
pub struct PeriodError;

impl Period {
    /// For values that are written in the program.
    pub const fn new(duration: Duration) -> Self {
        Self(duration)
    }

    /// The same length for the standard library and tokio.
    pub const fn duration(self) -> Duration {
        self.0
    }
}

impl From<Period> for Duration {
    fn from(period: Period) -> Self {
        period.0
    }
}

impl FromStr for Period {
    type Err = PeriodError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        // Days are not part of jiff's exact durations, since a calendar day may have 23 hours; here a day is 24.
        let (days, rest) = match text.split_once('d') {
            Some((days, rest)) if !days.is_empty() && days.bytes().all(|b| b.is_ascii_digit()) => {
                (days.parse::<u32>().map_err(|_| PeriodError)?, rest.trim_start())
            }
            _ => (0, text),
        };
        let exact = match rest {
            "" if days > 0 || text.starts_with('0') => Duration::ZERO,
            rest => {
                let signed: SignedDuration = rest.parse().map_err(|_| PeriodError)?;
                Duration::try_from(signed).map_err(|_| PeriodError)?
            }
        };
        let days = Duration::from_secs(u64::from(days) * 24 * 60 * 60);
        days.checked_add(exact).map(Self).ok_or(PeriodError)
    }
}

impl TryFrom<String> for Period {
    type Error = PeriodError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<Period> for String {
    fn from(period: Period) -> Self {
        match SignedDuration::try_from(period.0) {
            Ok(signed) => format!("{signed:#}"),
            Err(_) => format!("{}s", period.0.as_secs()),
        }
    }
}

/// For `#[serde(deserialize_with)]`: a length of time that may not be nothing.
///
/// # Errors
/// It is no length of time, or `0s`.
pub fn positive<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Period, D::Error> {
    let period = Period::deserialize(deserializer)?;
    if period.0.is_zero() {
        return Err(D::Error::custom("must be longer than nothing"));
    }
    Ok(period)
}

/// For `#[serde(deserialize_with)]`: a number of things of which there must be one.
///
/// # Errors
/// It is no number, or 0.
pub fn at_least_one<'de, D: Deserializer<'de>>(deserializer: D) -> Result<usize, D::Error> {
    match usize::deserialize(deserializer)? {
        0 => Err(D::Error::custom("must be 1 or more")),
        many => Ok(many),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_are_read_as_people_write_them() {
        for (text, seconds) in [
            ("90s", 90),
            ("2h", 7200),
            ("2h 30m", 9000),
            ("1d", 86_400),
            ("1d 1h", 90_000),
            ("0s", 0),
            ("30m", 1800),
        ] {
            assert_eq!(text.parse().map(Period::duration), Ok(Duration::from_secs(seconds)), "{text}");
        }
        assert_eq!("500ms".parse().map(Period::duration), Ok(Duration::from_millis(500)));
    }

    #[test]
    fn everything_else_is_refused() {
        for text in ["", "90", "soon", "-2h", "2 fortnights", "d", "1d soon", "99999999999d"] {
            assert_eq!(text.parse::<Period>(), Err(PeriodError), "{text}");
        }
    }

    #[test]
    fn what_is_written_reads_back() {
        for text in ["90s", "2h 30m", "500ms", "3d"] {
            let Ok(period) = text.parse::<Period>() else { panic!("{text}") };
            assert_eq!(String::from(period).parse(), Ok(period));
        }
    }
}
