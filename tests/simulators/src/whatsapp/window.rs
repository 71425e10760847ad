//! The customer-service window: how long after their last message a customer may be written to freely.

use std::collections::HashMap;
use std::sync::Mutex;
use std::time::Duration;

use crate::lock::lock;

/// When each customer of one number wrote last.
#[derive(Debug)]
pub(super) struct Windows {
    length_s: i64,
    last_s: Mutex<HashMap<String, i64>>,
}

impl Windows {
    /// Nobody has written yet.
    pub fn new(length: Duration) -> Self {
        Self { length_s: i64::try_from(length.as_secs()).unwrap_or(i64::MAX), last_s: Mutex::default() }
    }

    /// The customer wrote at `at_s`, in unix seconds.
    pub fn wrote(&self, number: &str, at_s: i64) {
        let mut last = lock(&self.last_s);
        let last = last.entry(number.to_owned()).or_insert(at_s);
        *last = at_s.max(*last);
    }

    /// True while anything may be sent to the customer.
    pub fn is_open(&self, number: &str, now_s: i64) -> bool {
        lock(&self.last_s).get(number).is_some_and(|last| now_s.saturating_sub(*last) < self.length_s)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_opens_with_a_message_and_closes_a_day_after_the_last() {
        let windows = Windows::new(Duration::from_secs(24 * 3600));
        assert!(!windows.is_open("1", 1000));
        windows.wrote("1", 1000);
        windows.wrote("1", 500);
        assert!(windows.is_open("1", 1000 + 86_399) && !windows.is_open("1", 1000 + 86_400));
        assert!(!windows.is_open("2", 1000));
    }
}
