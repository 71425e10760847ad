//! Reading the fields of a request: each function takes the field's path and gives back the finished value or a
//! [`Failure`] that names the field.

use std::str::FromStr;

use jiff::Timestamp;

use crate::{Failure, Violation};

/// An id of the wanted kind.
pub fn id<T>(field: &str, text: &str) -> Result<T, Failure>
where
    T: FromStr,
    T::Err: std::fmt::Display,
{
    if text.is_empty() {
        return Err(missing(field));
    }
    text.parse()
        .map_err(|error: T::Err| Failure::invalid(field, error.to_string(), "copy it as it was given out"))
}

/// An id, or nothing where the field is empty.
pub fn optional_id<T>(field: &str, text: &str) -> Result<Option<T>, Failure>
where
    T: FromStr,
    T::Err: std::fmt::Display,
{
    if text.is_empty() { Ok(None) } else { id(field, text).map(Some) }
}

/// A text that must be there, of at most `most` characters; spaces around it do not belong to it.
pub fn text(field: &str, text: &str, most: usize) -> Result<String, Failure> {
    words(field, text, most).map_err(|wrong| Failure::all_invalid(vec![wrong]))
}

/// The same, for requests whose faults are told together. Of control characters only line ends and tabs are text.
pub fn words(field: &str, text: &str, most: usize) -> Result<String, Violation> {
    let wrong = |problem: String, remedy: String| Violation { field: field.to_owned(), problem, remedy };
    let trimmed = text.trim();
    if trimmed.is_empty() {
        return Err(wrong("is missing".to_owned(), "give it".to_owned()));
    }
    let long = trimmed.chars().count();
    if long > most {
        return Err(wrong(format!("has {long} characters"), format!("give at most {most}")));
    }
    let is_strange = |letter: &char| letter.is_control() && !matches!(letter, '\n' | '\r' | '\t');
    if let Some(strange) = trimmed.chars().find(is_strange) {
        let problem = format!("holds the control character U+{:04X}", u32::from(strange));
        return Err(wrong(problem, "take it out".to_owned()));
    }
    Ok(trimmed.to_owned())
}

/// An instant that must be there.
pub fn time(field: &str, time: Option<prost_types::Timestamp>) -> Result<Timestamp, Failure> {
    optional_time(field, time)?.ok_or_else(|| missing(field))
}

/// An instant, or nothing.
pub fn optional_time(
    field: &str,
    time: Option<prost_types::Timestamp>,
) -> Result<Option<Timestamp>, Failure> {
    time.map(|time| {
        Timestamp::new(time.seconds, time.nanos).map_err(|_| {
            Failure::invalid(field, "is not an instant", "give a time between the years 1 and 9999")
        })
    })
    .transpose()
}

/// A place in a list that is ordered by time and id, as [`cursor`] wrote it; nothing for the beginning.
pub fn after<T: FromStr>(field: &str, cursor: &str) -> Result<Option<(Timestamp, T)>, Failure> {
    if cursor.is_empty() {
        return Ok(None);
    }
    let place = cursor.split_once(' ').and_then(|(at, id)| Some((at.parse().ok()?, id.parse().ok()?)));
    place.map(Some).ok_or_else(|| {
        Failure::invalid(field, "is not a place in this list", "give next_cursor of the page before")
    })
}

/// The place of the last row of a page. Callers pass it back and read nothing from it.
pub fn cursor(at: Timestamp, id: impl std::fmt::Display) -> String {
    format!("{at} {id}")
}

/// The size of a page: 0 means `usual`, more than `most` means `most`.
pub fn page_size(field: &str, asked: i32, usual: u32, most: u32) -> Result<u32, Failure> {
    match u32::try_from(asked) {
        Ok(0) => Ok(usual),
        Ok(asked) => Ok(asked.min(most)),
        Err(_) => Err(Failure::invalid(field, "is negative", format!("give 1 to {most}, or 0 for {usual}"))),
    }
}

/// An instant on its way out.
pub fn proto_time(time: Timestamp) -> prost_types::Timestamp {
    // A protobuf time counts nanoseconds forward from the second, also before 1970.
    let nanos = time.as_nanosecond();
    let second = i128::from(1_000_000_000);
    prost_types::Timestamp {
        seconds: i64::try_from(nanos.div_euclid(second)).unwrap_or_default(),
        nanos: i32::try_from(nanos.rem_euclid(second)).unwrap_or_default(),
    }
}

fn missing(field: &str) -> Failure {
    Failure::invalid(field, "is missing", "give it")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_strict_and_failures_name_the_field() {
        let failure = id::<uuid::Uuid>("tenant_id", "").map_err(|failure| failure.to_string());
        assert_eq!(failure, Err("tenant_id is missing; give it".to_owned()));
        let failure = id::<uuid::Uuid>("tenant_id", "no").map_err(|failure| failure.to_string());
        assert!(failure.is_err_and(|text| text.starts_with("tenant_id ")));
        assert!(optional_id::<uuid::Uuid>("tenant_id", "").is_ok_and(|id| id.is_none()));
    }

    #[test]
    fn texts_are_trimmed_and_bounded_in_characters() {
        assert!(text("reason", "  é ", 1).is_ok_and(|text| text == "é"));
        let failure = text("reason", "abcd", 3).map_err(|failure| failure.to_string());
        assert_eq!(failure, Err("reason has 4 characters; give at most 3".to_owned()));
        assert!(text("reason", " \n", 3).is_err());
        assert!(text("reason", "a\tb\r\nc", 6).is_ok());
        let failure = text("reason", "a\u{1b}[2J", 9).map_err(|failure| failure.to_string());
        assert_eq!(failure, Err("reason holds the control character U+001B; take it out".to_owned()));
    }

    #[test]
    fn a_cursor_names_its_place_again() {
        let place = (Timestamp::UNIX_EPOCH, uuid::Uuid::from_u128(7));
        assert!(after("after", &cursor(place.0, place.1)).is_ok_and(|found| found == Some(place)));
        assert!(after::<uuid::Uuid>("after", "").is_ok_and(|found| found.is_none()));
        for wrong in ["x", "1970-01-01T00:00:00Z", "1970-01-01T00:00:00Z x", "tomorrow 7"] {
            let told = after::<uuid::Uuid>("after", wrong).map_err(|failure| failure.to_string());
            assert!(told.is_err_and(|told| told.starts_with("after is not a place")), "{wrong}");
        }
    }

    #[test]
    fn page_sizes_have_a_default_and_a_cap() {
        let size = |asked| page_size("page_size", asked, 50, 500).ok();
        assert_eq!([size(0), size(7), size(9999), size(-1)], [Some(50), Some(7), Some(500), None]);
    }

    #[test]
    fn times_go_out_and_come_back() -> Result<(), Failure> {
        for nanos in [0, 1, 1_500_000_000, -1, -1_500_000_000] {
            let Ok(at) = Timestamp::from_nanosecond(nanos) else { continue };
            let sent = proto_time(at);
            assert!((0..1_000_000_000).contains(&sent.nanos));
            assert_eq!(time("at", Some(sent))?, at);
        }
        assert!(time("at", None).is_err());
        assert!(time("at", Some(prost_types::Timestamp { seconds: i64::MAX, nanos: 0 })).is_err());
        Ok(())
    }
}
