use jiff::civil::Weekday;

/// A language in which texts exist.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Language {
    /// English, which is also written when nothing better is known.
    #[default]
    English,
    /// Spanish.
    Spanish,
    /// Portuguese.
    Portuguese,
}

impl Language {
    /// Every language, for tests and for building tables.
    pub const ALL: [Self; 3] = [Self::English, Self::Spanish, Self::Portuguese];

    /// The language of a BCP 47 tag ("pt", "pt-BR", "es_MX"); none when it has no texts here.
    pub fn of(tag: &str) -> Option<Self> {
        let primary = tag.split(['-', '_']).next().unwrap_or_default();
        match primary.to_ascii_lowercase().as_str() {
            "en" => Some(Self::English),
            "es" => Some(Self::Spanish),
            "pt" => Some(Self::Portuguese),
            _ => None,
        }
    }

    /// The primary subtag, which also names the template files.
    pub const fn tag(self) -> &'static str {
        match self {
            Self::English => "en",
            Self::Spanish => "es",
            Self::Portuguese => "pt",
        }
    }

    /// What stands on a reminder's buttons: that the customer comes, and that they cancel. At most 20 characters.
    pub const fn reminder_buttons(self) -> [&'static str; 2] {
        match self {
            Self::English => ["Confirm", "Cancel"],
            Self::Spanish => ["Confirmar", "Cancelar"],
            Self::Portuguese => ["Confirmar", "Cancelar"],
        }
    }

    pub(super) fn weekday(self, day: Weekday) -> &'static str {
        let names = match self {
            Self::English => ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"],
            Self::Spanish => ["lunes", "martes", "miércoles", "jueves", "viernes", "sábado", "domingo"],
            Self::Portuguese => [
                "segunda-feira",
                "terça-feira",
                "quarta-feira",
                "quinta-feira",
                "sexta-feira",
                "sábado",
                "domingo",
            ],
        };
        pick(&names, day.to_monday_zero_offset())
    }

    /// `month` counts from 1.
    pub(super) fn month(self, month: i8) -> &'static str {
        let names = match self {
            Self::English => [
                "January",
                "February",
                "March",
                "April",
                "May",
                "June",
                "July",
                "August",
                "September",
                "October",
                "November",
                "December",
            ],
            Self::Spanish => [
                "enero",
                "febrero",
                "marzo",
                "abril",
                "mayo",
                "junio",
                "julio",
                "agosto",
                "septiembre",
                "octubre",
                "noviembre",
                "diciembre",
            ],
            Self::Portuguese => [
                "janeiro",
                "fevereiro",
                "março",
                "abril",
                "maio",
                "junho",
                "julho",
                "agosto",
                "setembro",
                "outubro",
                "novembro",
                "dezembro",
            ],
        };
        pick(&names, month - 1)
    }
}

/// The index comes from a valid date, so the first name is never taken for want of a better one.
fn pick(names: &[&'static str], index: i8) -> &'static str {
    usize::try_from(index).ok().and_then(|index| names.get(index)).copied().unwrap_or(names[0])
}
