//! Deadlines. The library enforces them too, but answers CANCELLED, which tells the caller that he gave up himself.

use std::time::Duration;

use http::{HeaderMap, HeaderValue};

/// For calls that bring no deadline of their own.
pub(crate) const DEFAULT: Duration = Duration::from_secs(30);
const HEADER: &str = "grpc-timeout";

/// How long a call may take: what its caller allows, at most [`DEFAULT`].
pub(crate) fn of_call(headers: &HeaderMap) -> Duration {
    let allowed = headers.get(HEADER).and_then(parse).map_or(DEFAULT, |asked| asked.min(DEFAULT));
    before_the_librarys(allowed)
}

/// What the caller of our client allows, or else [`DEFAULT`], and the header that tells the server.
pub(crate) fn of_request(headers: &mut HeaderMap) -> Duration {
    let asked = headers.get(HEADER).and_then(parse);
    if asked.is_none() {
        headers.insert(HEADER, HeaderValue::from_static("30S"));
    }
    before_the_librarys(asked.unwrap_or(DEFAULT))
}

/// The library sets a timer of its own for the same header, on both sides; ours must be the one that speaks.
fn before_the_librarys(limit: Duration) -> Duration {
    limit - (limit / 50).min(Duration::from_millis(5))
}

/// At most eight digits and a unit, as the protocol has it; anything else counts as absent.
fn parse(header: &HeaderValue) -> Option<Duration> {
    let text = header.to_str().ok()?;
    let unit_at = text.len().checked_sub(1)?;
    let (digits, unit) = (text.get(..unit_at)?, text.get(unit_at..)?);
    if digits.is_empty() || digits.len() > 8 || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let number: u64 = digits.parse().ok()?;
    match unit {
        "H" => Some(Duration::from_secs(number * 3600)),
        "M" => Some(Duration::from_secs(number * 60)),
        "S" => Some(Duration::from_secs(number)),
        "m" => Some(Duration::from_millis(number)),
        "u" => Some(Duration::from_micros(number)),
        "n" => Some(Duration::from_nanos(number)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(text: &'static str) -> Option<Duration> {
        parse(&HeaderValue::from_static(text))
    }

    #[test]
    fn every_unit_is_read() {
        assert_eq!(parsed("2H"), Some(Duration::from_secs(7200)));
        assert_eq!(parsed("3M"), Some(Duration::from_secs(180)));
        assert_eq!(parsed("99999999S"), Some(Duration::from_secs(99_999_999)));
        assert_eq!(parsed("250m"), Some(Duration::from_millis(250)));
        assert_eq!(parsed("7u"), Some(Duration::from_micros(7)));
        assert_eq!(parsed("1n"), Some(Duration::from_nanos(1)));
    }

    #[test]
    fn nonsense_counts_as_absent() {
        for text in ["", "S", "10", "-1S", "1.5S", "999999999S", "1s", "+1S", "1 S"] {
            assert_eq!(parsed(text), None, "{text}");
        }
        let mut headers = HeaderMap::new();
        headers.insert(HEADER, HeaderValue::from_static("soon"));
        assert!(of_call(&headers) > Duration::from_secs(29));
    }

    #[test]
    fn ours_ends_just_before_the_librarys() {
        let mut headers = HeaderMap::new();
        headers.insert(HEADER, HeaderValue::from_static("100m"));
        assert_eq!(of_call(&headers), Duration::from_millis(98));
        headers.insert(HEADER, HeaderValue::from_static("1H"));
        assert_eq!(of_call(&headers), DEFAULT - Duration::from_millis(5));
    }
}
