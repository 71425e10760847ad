//! English or Spanish.

use super::words::Words;

/// The languages the clerk speaks.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) enum Language {
    #[default]
    English,
    Spanish,
}

impl Language {
    pub fn code(self) -> &'static str {
        match self {
            Self::English => "en",
            Self::Spanish => "es",
        }
    }

    /// The language of the words, when at least two of them tell it apart.
    pub fn of(words: &Words) -> Option<Self> {
        let count = |table: &[&str]| words.iter().filter(|word| table.contains(word)).count();
        let (spanish, english) = (count(SPANISH), count(ENGLISH));
        if spanish >= 2 && spanish > english {
            Some(Self::Spanish)
        } else if english >= 2 && english > spanish {
            Some(Self::English)
        } else {
            None
        }
    }

    /// The reply language that the prompt states, as `Reply language: es`.
    pub fn stated(prompt: &str) -> Option<Self> {
        prompt.lines().rev().find_map(|line| {
            let words = Words::of(line);
            let at = words.position("language").or_else(|| words.position("idioma"))?;
            words.from(at + 1).iter().find_map(|word| match word {
                "es" | "spanish" | "espanol" => Some(Self::Spanish),
                "en" | "english" | "ingles" => Some(Self::English),
                _ => None,
            })
        })
    }
}

const SPANISH: &[&str] = &[
    "hola",
    "quiero",
    "quisiera",
    "necesito",
    "una",
    "un",
    "cita",
    "para",
    "por",
    "favor",
    "el",
    "la",
    "los",
    "las",
    "mi",
    "con",
    "de",
    "del",
    "que",
    "puedo",
    "tiene",
    "tienen",
    "hora",
    "manana",
    "tarde",
    "cuando",
    "donde",
    "cual",
    "gracias",
    "buenos",
    "buenas",
    "dias",
    "cancelar",
    "cambiar",
    "lunes",
    "martes",
    "miercoles",
    "jueves",
    "viernes",
    "sabado",
    "no",
    "si",
    "es",
    "primera",
    "segunda",
    "hablar",
    "persona",
    "otra",
    "otro",
    "dia",
    "semana",
    "limpieza",
    "cuanto",
    "cuesta",
    "aparcar",
];

const ENGLISH: &[&str] = &[
    "hi",
    "hello",
    "i",
    "id",
    "im",
    "need",
    "want",
    "would",
    "like",
    "an",
    "a",
    "the",
    "for",
    "my",
    "with",
    "of",
    "can",
    "could",
    "you",
    "do",
    "have",
    "is",
    "please",
    "when",
    "where",
    "which",
    "what",
    "thanks",
    "thank",
    "cancel",
    "move",
    "to",
    "on",
    "at",
    "and",
    "it",
    "appointment",
    "tomorrow",
    "monday",
    "tuesday",
    "wednesday",
    "thursday",
    "friday",
    "saturday",
    "another",
    "one",
    "first",
    "book",
    "make",
    "cant",
    "there",
    "me",
    "are",
    "how",
    "much",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_words_tell_the_language_one_does_not() {
        let cases = [
            ("Hola, quiero una cita", Some(Language::Spanish)),
            ("quiero un haircut mañana at 5", Some(Language::Spanish)),
            ("I need an appointment", Some(Language::English)),
            ("ok", None),
            ("no", None),
            ("10:00", None),
        ];
        for (text, language) in cases {
            assert_eq!(Language::of(&Words::of(text)), language, "{text}");
        }
        assert_eq!(Language::stated("rules\nReply language: es (Spanish)"), Some(Language::Spanish));
        assert_eq!(Language::stated("no such line"), None);
    }
}
