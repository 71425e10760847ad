use crate::read::value::{self, Read};

/// Rates that suit a kind of number. What a channel says in numbers of its own wins.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Preset {
    /// Its name in configuration.
    pub name: &'static str,
    /// evolution, meta or twilio.
    pub provider: &'static str,
    /// How many messages may be sent per second in the long run.
    pub tokens_per_second: f64,
    /// How many may be sent at once after a rest.
    pub bucket_capacity: u32,
    /// For which numbers it is meant.
    pub about: &'static str,
}

const fn preset(
    name: &'static str,
    provider: &'static str,
    tokens_per_second: f64,
    bucket_capacity: u32,
    about: &'static str,
) -> Preset {
    Preset { name, provider, tokens_per_second, bucket_capacity, about }
}

/// The table. Evolution's are cautious guesses (nothing is published); Meta's and Twilio's are their documented limits, which
/// count what comes in, too.
pub const PRESETS: [Preset; 7] = [
    preset("evolution_new", "evolution", 0.2, 2, "a number paired in the last weeks: 12 a minute, no bursts"),
    preset("evolution_warm", "evolution", 1.0, 5, "a number that has been answering people for months"),
    preset("meta_80", "meta", 80.0, 80, "a number of the Cloud API as it begins: 80 a second"),
    preset("meta_coexistence_20", "meta", 20.0, 20, "a number that the WhatsApp Business app uses as well"),
    preset("meta_1000", "meta", 1000.0, 1000, "a number that Meta has upgraded to 1,000 a second"),
    preset("twilio", "twilio", 80.0, 80, "a WhatsApp sender of Twilio as it begins: 80 a second"),
    preset("twilio_sandbox", "twilio", 0.33, 1, "Twilio's sandbox: one message in three seconds"),
];

/// The preset a channel names. `provider`: that of the channel, if it is known.
pub(crate) fn read(provider: Option<&'static str>, value: &toml::Value) -> Read<Preset> {
    let name = value::text(value)?;
    let fitting =
        || PRESETS.iter().filter(|preset| provider.is_none_or(|provider| preset.provider == provider));
    fitting().find(|preset| preset.name == name).copied().ok_or_else(|| {
        let names: Vec<&str> = fitting().map(|preset| preset.name).collect();
        format!("is no preset for this provider; there are {}", names.join(", "))
    })
}
