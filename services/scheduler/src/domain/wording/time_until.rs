use jiff::SignedDuration;

use super::Language;

/// How long it still is: "in 2 hours", "em 45 minutos". Rounded to the minute, and from two days on to the day.
pub fn time_until(left: SignedDuration, language: Language) -> String {
    let minutes = left.as_secs().max(0).saturating_add(30) / 60;
    let (days, hours, rest) = (minutes / 1440, minutes % 1440 / 60, minutes % 60);
    let parts = match (days, hours, rest) {
        (0, 0, 0) => return soon(language).to_owned(),
        (0, 0, minutes) => vec![(minutes, Unit::Minute)],
        (0, hours, 0) => vec![(hours, Unit::Hour)],
        (0, hours, minutes) => vec![(hours, Unit::Hour), (minutes, Unit::Minute)],
        (1, 0, _) => vec![(1, Unit::Day)],
        (1, hours, _) => vec![(1, Unit::Day), (hours, Unit::Hour)],
        (days, ..) => vec![(days, Unit::Day)],
    };
    let (begin, and) = match language {
        Language::English => ("in ", " and "),
        Language::Spanish => ("en ", " y "),
        Language::Portuguese => ("em ", " e "),
    };
    let parts: Vec<String> =
        parts.into_iter().map(|(count, unit)| format!("{count} {}", unit.word(count, language))).collect();
    format!("{begin}{}", parts.join(and))
}

fn soon(language: Language) -> &'static str {
    match language {
        Language::English => "in less than a minute",
        Language::Spanish => "en menos de un minuto",
        Language::Portuguese => "em menos de um minuto",
    }
}

#[derive(Clone, Copy)]
enum Unit {
    Day,
    Hour,
    Minute,
}

impl Unit {
    fn word(self, count: i64, language: Language) -> &'static str {
        let [one, many] = match (language, self) {
            (Language::English, Self::Day) => ["day", "days"],
            (Language::English, Self::Hour) => ["hour", "hours"],
            (Language::English, Self::Minute) => ["minute", "minutes"],
            (Language::Spanish, Self::Day) => ["día", "días"],
            (Language::Spanish, Self::Hour) => ["hora", "horas"],
            (Language::Spanish, Self::Minute) => ["minuto", "minutos"],
            (Language::Portuguese, Self::Day) => ["dia", "dias"],
            (Language::Portuguese, Self::Hour) => ["hora", "horas"],
            (Language::Portuguese, Self::Minute) => ["minuto", "minutos"],
        };
        if count == 1 { one } else { many }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn is_rounded_as_people_do() {
        for (seconds, said) in [
            (-5, "in less than a minute"),
            (29, "in less than a minute"),
            (30, "in 1 minute"),
            (45 * 60 - 2, "in 45 minutes"),
            (2 * 3600 - 3, "in 2 hours"),
            (3600 + 30 * 60, "in 1 hour and 30 minutes"),
            (24 * 3600 - 20, "in 1 day"),
            (26 * 3600 + 600, "in 1 day and 2 hours"),
            (75 * 3600, "in 3 days"),
        ] {
            assert_eq!(time_until(SignedDuration::from_secs(seconds), Language::English), said, "{seconds}");
        }
    }

    #[test]
    fn every_language_counts() {
        let left = SignedDuration::from_mins(61);
        assert_eq!(time_until(left, Language::Spanish), "en 1 hora y 1 minuto");
        assert_eq!(time_until(left, Language::Portuguese), "em 1 hora e 1 minuto");
    }
}
