//! The messages a sender remembers, for the look-ups that reconcile unknown sends.

use std::collections::VecDeque;
use std::sync::Mutex;

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde_json::{Value, json};

use crate::http::Request;
use crate::lock::lock;

/// One message, in or out.
#[derive(Debug, Clone)]
pub(super) struct StoredMessage {
    pub sid: String,
    pub account_sid: String,
    pub outbound: bool,
    pub from: String,
    pub to: String,
    pub body: String,
    pub media: bool,
    pub status: &'static str,
    pub error_code: Option<u32>,
    pub error_message: Option<String>,
    pub at_s: i64,
    pub messaging_service_sid: Option<String>,
}

impl StoredMessage {
    /// The resource as Twilio shows it.
    pub fn shown(&self) -> Value {
        let uri = format!("/2010-04-01/Accounts/{}/Messages/{}", self.account_sid, self.sid);
        let date = rfc_2822(self.at_s);
        let waiting = matches!(self.status, "queued" | "accepted");
        json!({
            "body": self.body,
            "num_segments": "1",
            "direction": if self.outbound { "outbound-api" } else { "inbound" },
            "from": self.from,
            "date_updated": date,
            "price": null,
            "error_message": self.error_message,
            "uri": format!("{uri}.json"),
            "account_sid": self.account_sid,
            "num_media": if self.media { "1" } else { "0" },
            "to": self.to,
            "date_created": date,
            "status": self.status,
            "sid": self.sid,
            "date_sent": if waiting { Value::Null } else { json!(date) },
            "messaging_service_sid": self.messaging_service_sid,
            "error_code": self.error_code,
            "price_unit": null,
            "api_version": "2010-04-01",
            "subresource_uris": {"media": format!("{uri}/Media.json")},
        })
    }
}

fn rfc_2822(at_s: i64) -> String {
    let at = Timestamp::from_second(at_s).unwrap_or_default();
    at.strftime("%a, %d %b %Y %H:%M:%S +0000").to_string()
}

/// The filter of a list.
#[derive(Debug, Default)]
pub(super) struct Query {
    to: Option<String>,
    from: Option<String>,
    /// From this second on, and before that one.
    sent: (Option<i64>, Option<i64>),
    pub page: usize,
    pub size: usize,
}

impl Query {
    /// Reads it from the address. What cannot be read is not applied.
    pub fn of(request: &Request) -> Self {
        // `DateSent>=…` arrives as a parameter of the name `DateSent>`.
        let days = |name: &str| request.query(name).as_deref().and_then(span);
        let from = days("DateSent").or_else(|| days("DateSent>")).map(|(first, _)| first);
        let until = days("DateSent").or_else(|| days("DateSent<")).map(|(_, last)| last);
        let number = |name: &str| request.query(name).and_then(|text| text.parse().ok());
        Self {
            to: request.query("To"),
            from: request.query("From"),
            sent: (from, until),
            page: number("Page").unwrap_or(0),
            size: number("PageSize").unwrap_or(50).clamp(1, 1000),
        }
    }

    fn picks(&self, message: &StoredMessage) -> bool {
        self.to.as_deref().is_none_or(|to| to == message.to)
            && self.from.as_deref().is_none_or(|from| from == message.from)
            && self.sent.0.is_none_or(|first| message.at_s >= first)
            && self.sent.1.is_none_or(|end| message.at_s < end)
    }
}

/// A day or a moment, as the seconds from which and before which it lasts.
fn span(text: &str) -> Option<(i64, i64)> {
    if let Ok(moment) = text.parse::<Timestamp>() {
        return Some((moment.as_second(), moment.as_second() + 1));
    }
    let start = text.parse::<Date>().ok()?.to_zoned(TimeZone::UTC).ok()?.timestamp().as_second();
    Some((start, start + 86_400))
}

/// The last messages of a sender.
#[derive(Debug)]
pub(super) struct Messages {
    kept: Mutex<VecDeque<StoredMessage>>,
    capacity: usize,
}

impl Messages {
    pub fn new(capacity: usize) -> Self {
        Self { kept: Mutex::default(), capacity }
    }

    pub fn add(&self, message: StoredMessage) {
        let mut kept = lock(&self.kept);
        if kept.len() >= self.capacity {
            kept.pop_front();
        }
        kept.push_back(message);
    }

    /// Changes the status of a message that is still remembered.
    pub fn update(&self, sid: &str, status: &'static str, error: Option<(u32, &str)>) {
        let mut kept = lock(&self.kept);
        // The newest change the most.
        if let Some(message) = kept.iter_mut().rev().find(|message| message.sid == sid) {
            message.status = status;
            message.error_code = error.map(|(code, _)| code);
            message.error_message = error.map(|(_, words)| words.to_owned());
        }
    }

    pub fn get(&self, sid: &str) -> Option<StoredMessage> {
        lock(&self.kept).iter().find(|message| message.sid == sid).cloned()
    }

    /// Those that the query picks, newest first.
    pub fn find(&self, query: &Query) -> Vec<StoredMessage> {
        lock(&self.kept).iter().rev().filter(|message| query.picks(message)).cloned().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_days_or_moments() {
        assert_eq!(span("2026-03-02"), Some((1_772_409_600, 1_772_496_000)));
        assert_eq!(span("2026-03-02T14:15:30Z"), Some((1_772_460_930, 1_772_460_931)));
        assert_eq!(span("soon"), None);
        assert_eq!(rfc_2822(1_772_461_231), "Mon, 02 Mar 2026 14:20:31 +0000");
    }
}
