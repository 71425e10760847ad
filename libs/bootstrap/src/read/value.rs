//! Single values. Each reader says what would be right, and never what was found.

use std::ops::RangeInclusive;
use std::time::Duration;

use addressing::Phone;
use jiff::civil::{Date, Time};
use jiff::tz::TimeZone;
use settings::{Period, SecretRef};
use toml::{Table, Value};

pub(crate) type Read<T> = Result<T, String>;

pub(crate) fn table(value: &Value) -> Read<Table> {
    value.as_table().cloned().ok_or_else(|| "must be a section".to_owned())
}

pub(crate) fn array(value: &Value) -> Read<Vec<Value>> {
    value.as_array().cloned().ok_or_else(|| "must be a list".to_owned())
}

fn string(value: &Value) -> Read<&str> {
    value.as_str().ok_or_else(|| "must be a text in quotes".to_owned())
}

/// A text with something in it.
pub(crate) fn text(value: &Value) -> Read<String> {
    let text = string(value)?.trim();
    if text.is_empty() { Err("must not be empty".to_owned()) } else { Ok(text.to_owned()) }
}

/// A name for use in addresses, file names and ids.
pub(crate) fn slug(value: &Value) -> Read<String> {
    let slug = string(value)?;
    let letters = slug.bytes().all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-'));
    let edges = !slug.starts_with('-') && !slug.ends_with('-');
    if letters && edges && (1..=63).contains(&slug.len()) {
        Ok(slug.to_owned())
    } else {
        Err("must be 1 to 63 of a-z, 0-9 and -, not beginning or ending with -".to_owned())
    }
}

/// A name that programs give, such as that of a tool.
pub(crate) fn word(value: &Value) -> Read<String> {
    let word = string(value)?;
    let letters = word.bytes().all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'_'));
    if letters && (1..=63).contains(&word.len()) {
        Ok(word.to_owned())
    } else {
        Err("must be 1 to 63 of a-z, 0-9 and _".to_owned())
    }
}

pub(crate) fn boolean(value: &Value) -> Read<bool> {
    value.as_bool().ok_or_else(|| "must be true or false".to_owned())
}

/// A whole number within bounds.
pub(crate) fn whole<T>(within: RangeInclusive<T>) -> impl Fn(&Value) -> Read<T>
where
    T: TryFrom<i64> + PartialOrd + std::fmt::Display,
{
    move |value| {
        let number = value.as_integer().and_then(|number| T::try_from(number).ok());
        number
            .filter(|number| within.contains(number))
            .ok_or_else(|| format!("must be a whole number from {} to {}", within.start(), within.end()))
    }
}

/// A number within bounds.
pub(crate) fn number(within: RangeInclusive<f64>) -> impl Fn(&Value) -> Read<f64> {
    move |value| {
        let number = value.as_float().or_else(|| value.as_integer().map(|number| number as f64));
        number
            .filter(|number| within.contains(number))
            .ok_or_else(|| format!("must be a number from {} to {}", within.start(), within.end()))
    }
}

/// A length of time.
pub(crate) fn duration(value: &Value) -> Read<Duration> {
    let period: Option<Period> = value.as_str().and_then(|text| text.parse().ok());
    period.map(Period::duration).ok_or_else(|| settings::PeriodError.to_string())
}

/// A local time of day.
pub(crate) fn time(value: &Value) -> Read<Time> {
    let written = match value {
        Value::String(text) => text.clone(),
        Value::Datetime(time) if time.date.is_none() && time.offset.is_none() => time.to_string(),
        _ => String::new(),
    };
    let hours_and_minutes = written.len() == 5 || written.len() == 8;
    let time: Option<Time> = written.parse().ok().filter(|_| hours_and_minutes);
    time.filter(|time| time.second() == 0 && time.subsec_nanosecond() == 0)
        .ok_or_else(|| "must be a time of day such as \"09:00\"".to_owned())
}

/// Minutes since midnight of a local time of day; `24:00` is the end of the day.
pub(crate) fn minute_of_day(value: &Value) -> Read<u16> {
    if value.as_str() == Some("24:00") {
        return Ok(24 * 60);
    }
    let time = time(value)?;
    u16::try_from(i32::from(time.hour()) * 60 + i32::from(time.minute()))
        .map_err(|_| "must be a time of day such as \"09:00\"".to_owned())
}

/// A calendar day.
pub(crate) fn date(value: &Value) -> Read<Date> {
    let written = match value {
        Value::String(text) => text.clone(),
        Value::Datetime(day) if day.time.is_none() && day.offset.is_none() => day.to_string(),
        _ => String::new(),
    };
    let date: Option<Date> = written.parse().ok().filter(|_| written.len() == 10);
    date.ok_or_else(|| "must be a day such as 2026-12-24".to_owned())
}

/// The IANA name of a time zone, as its list spells it.
pub(crate) fn time_zone(value: &Value) -> Read<String> {
    // An offset is no time zone: it does not know when clocks are put forward.
    let zone = TimeZone::get(string(value)?).ok();
    let name = zone.as_ref().and_then(TimeZone::iana_name).map(str::to_owned);
    name.ok_or_else(|| "must be the IANA name of a time zone, such as \"Europe/London\"".to_owned())
}

/// A language tag: `en`, `pt-BR`.
pub(crate) fn language(value: &Value) -> Read<String> {
    let tag = string(value)?;
    let mut parts = tag.split('-');
    let primary = parts.next().is_some_and(|part| (2..=3).contains(&part.len()) && letters(part));
    let rest = parts
        .all(|part| (2..=8).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_alphanumeric()));
    if primary && rest {
        Ok(tag.to_owned())
    } else {
        Err("must be a language tag such as \"en\" or \"pt-BR\"".to_owned())
    }
}

fn letters(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_lowercase())
}

/// A telephone number with its country code, as it is written.
pub(crate) fn address(value: &Value) -> Read<String> {
    let number = text(value)?;
    let valid = Phone::parse(&number).is_ok();
    valid
        .then_some(number)
        .ok_or_else(|| "must be a telephone number such as \"+44 20 7946 0000\"".to_owned())
}

/// A telephone number as customers should read it, with or without country code.
pub(crate) fn written_phone(value: &Value) -> Read<String> {
    let number = text(value)?;
    let digits = number.bytes().filter(u8::is_ascii_digit).count();
    let other = number.chars().any(|letter| !letter.is_ascii_digit() && !" +()-./".contains(letter));
    if other || !(3..=15).contains(&digits) {
        return Err("must be a telephone number as customers should read it".to_owned());
    }
    Ok(number)
}

/// A number to call in an emergency: short, and only good where the business is.
pub(crate) fn emergency_number(value: &Value) -> Read<String> {
    let number = text(value)?;
    let dialled = number.strip_prefix('+').unwrap_or(&number);
    let digits = dialled.bytes().filter(u8::is_ascii_digit).count();
    let other = dialled.bytes().any(|byte| !byte.is_ascii_digit() && byte != b' ');
    if other || !(2..=15).contains(&digits) {
        return Err("must be a number to call, such as \"112\"".to_owned());
    }
    Ok(number)
}

/// The address of a server, without a slash at its end.
pub(crate) fn url(value: &Value) -> Read<String> {
    let url = text(value)?;
    let rest = url.strip_prefix("https://").or_else(|| url.strip_prefix("http://"));
    let host = rest.is_some_and(|rest| !rest.is_empty() && !rest.starts_with('/'));
    if !host || url.contains(['@', '?', '#', ' ']) {
        return Err("must be http:// or https:// and a host, without a user, query or fragment".to_owned());
    }
    Ok(url.trim_end_matches('/').to_owned())
}

/// Where a secret is kept.
pub(crate) fn secret(value: &Value) -> Read<SecretRef> {
    string(value)?.parse().map_err(|error: settings::SecretRefError| format!("is {error}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value(toml: &str) -> Value {
        format!("x = {toml}")
            .parse::<Table>()
            .ok()
            .and_then(|mut table| table.remove("x"))
            .unwrap_or(Value::Boolean(false))
    }

    fn accepts<T>(read: impl Fn(&Value) -> Read<T>, right: &[&str], wrong: &[&str]) {
        for toml in right {
            assert!(read(&value(toml)).is_ok(), "{toml} is refused");
        }
        for toml in wrong {
            assert!(read(&value(toml)).is_err(), "{toml} is accepted");
        }
    }

    #[test]
    fn slugs_are_plain() {
        accepts(slug, &["'a'", "'front-desk'", "'1'"], &["''", "'-a'", "'a-'", "'A'", "'a b'", "'ä'", "1"]);
        accepts(slug, &[&format!("'{}'", "a".repeat(63))], &[&format!("'{}'", "a".repeat(64))]);
    }

    #[test]
    fn numbers_keep_their_bounds() {
        accepts(whole(1_u16..=1440), &["1", "1440"], &["0", "1441", "1.0", "'1'", "-1", "70000"]);
        accepts(number(0.0..=2.0), &["0", "0.7", "2"], &["2.1", "-1", "nan", "inf", "'1'"]);
    }

    #[test]
    fn times_and_days_are_local() {
        accepts(
            time,
            &["'09:00'", "09:00:00", "'23:59'"],
            &["'9'", "'24:00'", "'09:00:30'", "9", "'noon'", "2026-01-01"],
        );
        assert_eq!(minute_of_day(&value("'24:00'")), Ok(1440));
        assert_eq!(minute_of_day(&value("'09:30'")), Ok(570));
        accepts(
            date,
            &["2026-12-24", "'2026-12-24'"],
            &["'24.12.2026'", "2026-12-24T10:00:00", "'2026-02-30'", "1"],
        );
    }

    #[test]
    fn lengths_have_units() {
        accepts(duration, &["'2h'", "'90s'", "'1d'"], &["'2'", "2", "'-2h'", "''"]);
    }

    #[test]
    fn zones_and_languages_have_names() {
        accepts(
            time_zone,
            &["'Europe/London'", "'America/Sao_Paulo'", "'UTC'"],
            &["'+01:00'", "'Mars/Base'", "''"],
        );
        accepts(
            language,
            &["'en'", "'pt-BR'", "'zh-Hans-CN'"],
            &["''", "'English'", "'EN'", "'e'", "'en_GB'"],
        );
    }

    #[test]
    fn numbers_to_call() {
        accepts(address, &["'+44 20 7946 0000'", "'5511987654321'"], &["'12'", "'call us'", "442079460000"]);
        accepts(
            written_phone,
            &["'020 7946 0000'", "'+44 (20) 7946-0000'"],
            &["'12'", "'call us'", "2079460000"],
        );
        accepts(
            emergency_number,
            &["'112'", "'999'", "'+44 20 7946 0000'"],
            &["'1'", "'police'", "112", "''"],
        );
    }

    #[test]
    fn addresses_of_servers() {
        let right =
            ["'https://wa.example.org'", "'http://127.0.0.1:8090/'", "'https://example.org/evolution'"];
        accepts(
            url,
            &right,
            &["'wa.example.org'", "'https://'", "'https://user:pw@host'", "'ftp://host'", "'http:///x'"],
        );
        assert_eq!(url(&value("'http://127.0.0.1:8090/'")).as_deref(), Ok("http://127.0.0.1:8090"));
    }

    #[test]
    fn a_secret_itself_is_refused_and_not_repeated() {
        accepts(secret, &["'env:KEY'", "'file:/run/secrets/key'"], &["'hunter2'", "''", "1"]);
        assert!(secret(&value("'hunter2'")).is_err_and(|problem| !problem.contains("hunter2")));
    }
}
