//! Quiet hours: when only what somebody waits for may be sent.

use jiff::civil::Time;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan, Zoned};
use serde::Deserialize;

/// A rule in local time. May span midnight.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(try_from = "Written")]
pub struct QuietHours {
    from: Time,
    until: Time,
    zone: TimeZone,
}

#[derive(Deserialize)]
struct Written {
    from: Time,
    until: Time,
    time_zone: String,
}

impl TryFrom<Written> for QuietHours {
    type Error = jiff::Error;

    fn try_from(written: Written) -> Result<Self, jiff::Error> {
        Ok(Self { from: written.from, until: written.until, zone: TimeZone::get(&written.time_zone)? })
    }
}

impl QuietHours {
    /// When the quiet hours around `now` end; `None`: it is not quiet. An end that the clocks skip is the moment after.
    pub fn end(&self, now: Timestamp) -> Option<Timestamp> {
        let local = now.to_zoned(self.zone.clone());
        let (time, over_midnight) = (local.time(), self.from > self.until);
        let quiet = if over_midnight {
            time >= self.from || time < self.until
        } else {
            time >= self.from && time < self.until
        };
        if !quiet {
            return None;
        }
        let tomorrow = over_midnight && time >= self.from;
        let date = if tomorrow { local.date().checked_add(1.day()).ok()? } else { local.date() };
        let end = self.zone.to_zoned(date.to_datetime(self.until)).ok().map(|end: Zoned| end.timestamp())?;
        Some(end).filter(|end| *end > now)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn rule(from: &str, until: &str) -> QuietHours {
        serde_json::from_value(json!({"from": from, "until": until, "time_zone": "Europe/London"})).unwrap()
    }

    fn end(rule: &QuietHours, now: &str) -> Option<String> {
        rule.end(now.parse().unwrap()).map(|end| end.to_string())
    }

    #[test]
    fn it_is_quiet_in_local_time_until_the_end() {
        let night = rule("21:00", "08:00");
        for (now, expected) in [
            ("2026-01-10T20:59:59Z", None),
            ("2026-01-10T21:00:00Z", Some("2026-01-11T08:00:00Z")),
            ("2026-01-11T07:59:59Z", Some("2026-01-11T08:00:00Z")),
            ("2026-01-11T08:00:00Z", None),
            // Summer time, and the nights in which the clocks change.
            ("2026-07-10T20:00:00Z", Some("2026-07-11T07:00:00Z")),
            ("2026-03-28T23:00:00Z", Some("2026-03-29T07:00:00Z")),
            ("2026-10-24T23:00:00Z", Some("2026-10-25T08:00:00Z")),
        ] {
            assert_eq!(end(&night, now).as_deref(), expected, "{now}");
        }
        let noon = rule("12:00", "13:30");
        assert_eq!(end(&noon, "2026-01-10T12:10:00Z").as_deref(), Some("2026-01-10T13:30:00Z"));
        assert_eq!(end(&noon, "2026-01-10T13:30:00Z"), None);
        // An end at an hour that there is not: the clocks go from 01:00 to 02:00.
        assert_eq!(
            end(&rule("22:00", "01:30"), "2026-03-29T00:30:00Z").as_deref(),
            Some("2026-03-29T01:30:00Z")
        );
    }

    #[test]
    fn a_rule_that_makes_no_sense_is_refused() {
        let read = |zone: &str| {
            serde_json::from_value::<QuietHours>(
                json!({"from": "21:00", "until": "08:00", "time_zone": zone}),
            )
        };
        assert!(read("Mars/Olympus").is_err() && read("Asia/Kathmandu").is_ok());
    }

    proptest! {
        #[test]
        fn an_end_is_ahead_within_a_day_and_not_quiet_itself(
            from in 0_i8..24, until in 0_i8..24, minute in 0_i8..60, second in 1_767_225_600_i64..1_830_297_600,
        ) {
            prop_assume!(from != until);
            let rule = QuietHours {
                from: Time::constant(from, minute, 0, 0),
                until: Time::constant(until, 0, 0, 0),
                zone: TimeZone::get("America/Sao_Paulo").unwrap(),
            };
            let now = Timestamp::from_second(second).unwrap();
            if let Some(end) = rule.end(now) {
                prop_assert!(end > now && end.duration_since(now).as_hours() <= 24);
                prop_assert_eq!(rule.end(end), None);
            }
        }
    }
}
