use serde::{Deserialize, Serialize};

/// A language in which customers are answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Language {
    /// English.
    En,
    /// Spanish.
    Es,
    /// Portuguese.
    Pt,
}

/// What stands on buttons.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TapWords {
    /// Yes.
    pub yes: &'static str,
    /// No.
    pub no: &'static str,
    /// Opens a list.
    pub choose: &'static str,
}

impl Language {
    /// What stands on buttons, in at most 20 characters.
    pub const fn tap_words(self) -> TapWords {
        match self {
            Self::En => TapWords { yes: "Yes", no: "No", choose: "Choose" },
            Self::Es => TapWords { yes: "Sí", no: "No", choose: "Elegir" },
            Self::Pt => TapWords { yes: "Sim", no: "Não", choose: "Escolher" },
        }
    }

    /// Every language there are texts for.
    pub const ALL: [Self; 3] = [Self::En, Self::Es, Self::Pt];

    /// The language a BCP 47 tag names, by its first part: `pt-BR` is Portuguese. `None` for one without texts.
    pub fn of(tag: &str) -> Option<Self> {
        let primary = tag.split(['-', '_']).next().unwrap_or(tag).to_ascii_lowercase();
        Self::ALL.into_iter().find(|language| language.tag() == primary)
    }

    /// The BCP 47 tag.
    pub const fn tag(self) -> &'static str {
        match self {
            Self::En => "en",
            Self::Es => "es",
            Self::Pt => "pt",
        }
    }

    /// The English name, as a model is told it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::En => "English",
            Self::Es => "Spanish",
            Self::Pt => "Portuguese",
        }
    }
}
