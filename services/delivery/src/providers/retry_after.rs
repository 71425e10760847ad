//! The `Retry-After` header, in both of its forms.

use std::time::Duration;

use reqwest::header::{DATE, HeaderMap, RETRY_AFTER};

/// The longest wait that is believed. A longer one would be a mistake, and hold a channel for ever.
const LONGEST: Duration = Duration::from_secs(24 * 60 * 60);

/// How long the other side asks us to wait.
///
/// A date is measured against the answer's own `Date`: both were made by the same clock, ours may differ. Without
/// one (every server and proxy that keeps a clock sends it) a date is ignored.
pub(super) fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let text = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    let wait = match text.parse::<u64>() {
        Ok(seconds) => Duration::from_secs(seconds),
        Err(_) => {
            let until = httpdate::parse_http_date(text).ok()?;
            let said = httpdate::parse_http_date(headers.get(DATE)?.to_str().ok()?).ok()?;
            until.duration_since(said).unwrap_or_default()
        }
    };
    Some(wait.min(LONGEST))
}

#[cfg(test)]
mod tests {
    use reqwest::header::HeaderValue;

    use super::*;

    fn parsed(retry: &'static str, date: Option<&'static str>) -> Option<u64> {
        let mut headers = HeaderMap::new();
        headers.insert(RETRY_AFTER, HeaderValue::from_static(retry));
        if let Some(date) = date {
            headers.insert(DATE, HeaderValue::from_static(date));
        }
        retry_after(&headers).map(|wait| wait.as_secs())
    }

    #[test]
    fn the_table() {
        let noon = Some("Mon, 02 Mar 2026 12:00:00 GMT");
        assert_eq!(parsed("120", None), Some(120));
        assert_eq!(parsed(" 7 ", None), Some(7));
        assert_eq!(parsed("0", None), Some(0));
        assert_eq!(parsed("Mon, 02 Mar 2026 12:01:30 GMT", noon), Some(90));
        assert_eq!(parsed("Monday, 02-Mar-26 12:01:30 GMT", noon), Some(90), "the form of 1994");
        assert_eq!(parsed("Mon, 02 Mar 2026 11:00:00 GMT", noon), Some(0), "already past");
        assert_eq!(parsed("Mon, 02 Mar 2026 12:01:30 GMT", None), None, "measured against nothing");
        assert_eq!(parsed("99999999", None), Some(24 * 60 * 60), "not believed");
        assert_eq!(parsed("99999999999999999999999", None), None);
        assert_eq!(parsed("-5", None), None);
        assert_eq!(parsed("1.5", None), None);
        assert_eq!(parsed("soon", noon), None);
        assert_eq!(retry_after(&HeaderMap::new()), None);
    }
}
