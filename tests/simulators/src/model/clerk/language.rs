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
        // A neighbour that shares many words, and that the clerk does not speak.
        if words.has(PORTUGUESE) {
            return None;
        }
        if spanish >= 2 && spanish > english {
            Some(Self::Spanish)
        } else if english >= 2 && english > spanish {
            Some(Self::English)
        } else {
            None
        }
    }

    /// The reply language that the prompt states, as `Reply language: es` or `Answer in Spanish.`
    pub fn stated(prompt: &str) -> Option<Self> {
        prompt.lines().rev().find_map(|line| {
            let words = Words::of(line);
            let said = ["answer in", "reply in", "language", "idioma"];
            let at = said.iter().find_map(|word| words.position(word))?;
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

const PORTUGUESE: &[&str] = &[
    "ola",
    "quero",
    "queria",
    "uma",
    "um",
    "voce",
    "voces",
    "nao",
    "sim",
    "amanha",
    "obrigado",
    "obrigada",
    "marcar",
    "meu",
    "minha",
    "tem",
    "posso",
    "dia da",
    "segunda feira",
    "terca",
    "quarta feira",
    "quinta feira",
    "sexta feira",
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
            ("Olá, quero uma consulta para amanhã por favor", None),
            ("ok", None),
            ("no", None),
            ("10:00", None),
        ];
        for (text, language) in cases {
            assert_eq!(Language::of(&Words::of(text)), language, "{text}");
        }
        assert_eq!(Language::stated("rules\nReply language: es (Spanish)"), Some(Language::Spanish));
        assert_eq!(
            Language::stated("Speak the language the card names.\nAnswer in Spanish."),
            Some(Language::Spanish)
        );
        assert_eq!(Language::stated("no such line"), None);
    }
}
