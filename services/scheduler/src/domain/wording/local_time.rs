use jiff::Timestamp;
use jiff::civil::Time;
use jiff::tz::TimeZone;

use super::Language;

/// An instant as a business says it to a customer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LocalTime {
    /// "2026-03-04".
    pub date: String,
    /// "Wednesday", "quarta-feira".
    pub weekday: String,
    /// "15:30": as the conversation writes it, in every language.
    pub time: String,
    /// "Wednesday, March 4 at 15:30".
    pub text: String,
}

impl LocalTime {
    /// `at` on the wall clock of `zone`, in words of `language`.
    pub fn new(at: Timestamp, zone: &TimeZone, language: Language) -> Self {
        let wall = zone.to_datetime(at);
        let (weekday, month) = (language.weekday(wall.weekday()), language.month(wall.month()));
        let (day, time) = (wall.day(), time_of_day(wall.time()));
        let text = match language {
            Language::English => format!("{weekday}, {month} {day} at {time}"),
            Language::Spanish => {
                // One o'clock is singular: "a la 1", "a las 2".
                let article = if wall.hour() == 1 { "la" } else { "las" };
                format!("{weekday} {day} de {month} a {article} {time}")
            }
            Language::Portuguese => {
                let article = if wall.hour() == 1 { "à" } else { "às" };
                format!("{weekday}, {day} de {month} {article} {time}")
            }
        };
        Self { date: wall.date().to_string(), weekday: weekday.to_owned(), time, text }
    }
}

fn time_of_day(time: Time) -> String {
    format!("{:02}:{:02}", time.hour(), time.minute())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::zone;

    fn said(at: &str, zone_name: &str, language: Language) -> String {
        LocalTime::new(at.parse().unwrap(), &zone::named(zone_name).unwrap(), language).text
    }

    #[test]
    fn each_language_says_it_its_way() {
        let at = "2026-03-04T15:30:00Z";
        assert_eq!(said(at, "Europe/Lisbon", Language::English), "Wednesday, March 4 at 15:30");
        assert_eq!(said(at, "Europe/Madrid", Language::Spanish), "miércoles 4 de marzo a las 16:30");
        assert_eq!(said(at, "America/Sao_Paulo", Language::Portuguese), "quarta-feira, 4 de março às 12:30");
    }

    #[test]
    fn noon_midnight_and_one_o_clock() {
        assert_eq!(said("2026-12-31T12:00:00Z", "UTC", Language::English), "Thursday, December 31 at 12:00");
        assert_eq!(said("2028-02-29T00:05:00Z", "UTC", Language::English), "Tuesday, February 29 at 00:05");
        assert_eq!(said("2026-01-01T01:00:00Z", "UTC", Language::Spanish), "jueves 1 de enero a la 01:00");
        assert_eq!(
            said("2026-01-01T01:00:00Z", "UTC", Language::Portuguese),
            "quinta-feira, 1 de janeiro à 01:00"
        );
    }

    #[test]
    fn the_day_is_the_business_s_day() {
        let late = LocalTime::new(
            "2026-03-04T23:30:00Z".parse().unwrap(),
            &zone::named("Asia/Kathmandu").unwrap(),
            Language::English,
        );
        assert_eq!(
            (late.date.as_str(), late.weekday.as_str(), late.time.as_str()),
            ("2026-03-05", "Thursday", "05:15")
        );
    }
}
