use std::collections::BTreeMap;
use std::time::Duration;

use addressing::Phone;
use ids::ChannelId;
use jiff::civil::Date;
use serde_json::{Value, json};
use settings::SecretRef;
use uuid::Uuid;

use crate::calendar::quiet_hours;
use crate::read::{Problems, Table, value};
use crate::template::{self, Named};
use crate::{Preset, Problem, preset};

/// A number over which a tenant and its customers write to each other.
#[derive(Debug, Clone, PartialEq)]
pub struct Channel {
    /// Made from the slug.
    pub id: ChannelId,
    /// Its name, also in the address of its webhook; unique over all tenants.
    pub slug: String,
    /// evolution, meta or twilio.
    pub provider: &'static str,
    /// Where it is at the provider: the fields of that provider.
    pub account: Value,
    /// The number itself.
    pub own_address: Option<String>,
    /// Where the secrets of the account are kept, by name.
    pub secrets: BTreeMap<&'static str, SecretRef>,
    /// Which of the provider's templates plays which part: by part `{variants, parameters?, header?}`.
    pub templates: Value,
    /// The preset its rates come from.
    pub preset: Option<&'static str>,
    /// How many messages may be sent per second in the long run.
    pub tokens_per_second: f64,
    /// How many may be sent at once after a rest.
    pub bucket_capacity: u32,
    /// Since when its number is new: then it may begin only so many conversations in a day. Not set: it is not.
    pub new_since: Option<Date>,
    /// How often a canary is sent while nothing comes through it; zero: never. Not set: as delivery is.
    pub canary_every: Option<Duration>,
    /// Its quiet hours, or else the tenant's: from, until, and once they are [`Channel::in_zone`] time_zone.
    pub quiet_hours: Option<Value>,
    /// The word by which a customer cancels an appointment.
    pub cancel_word: String,
}

/// Without numbers of its own and without a preset.
const USUAL_RATE: (f64, u32) = (1.0, 5);
const GRAPH_URL: &str = "https://graph.facebook.com/v23.0";
const TWILIO_URL: &str = "https://api.twilio.com";
/// Messages that Twilio answers itself by unsubscribing the customer, unless the account was set up otherwise.
const TWILIO_UNSUBSCRIBES: [&str; 8] =
    ["STOP", "STOPALL", "UNSUBSCRIBE", "CANCEL", "END", "QUIT", "REVOKE", "OPTOUT"];

impl Channel {
    pub(crate) fn declared(mut table: Table<'_>) -> Option<Self> {
        let slug = table.required("slug", value::slug);
        let provider = table.required("provider", Provider::read);
        let account = provider.and_then(|provider| provider.account(&mut table));
        let own_address = table.optional("own_address", value::address);
        let preset = table.optional("preset", |value| preset::read(provider.map(Provider::name), value));
        let usual = preset.map_or(USUAL_RATE, |Preset { tokens_per_second, bucket_capacity, .. }| {
            (tokens_per_second, bucket_capacity)
        });
        let tokens_per_second = table.or("tokens_per_second", usual.0, value::number(0.001..=1_000_000.0));
        let bucket_capacity = table.or("bucket_capacity", usual.1, value::whole(1..=1_000_000));
        let new_since = table.optional("new_since", value::date);
        let quiet_hours = table.table("quiet_hours").and_then(quiet_hours);
        let canary_every = table.optional("canary_every", value::duration);
        let default = provider.map_or("CANCEL", Provider::cancel_word).to_owned();
        let cancel_word =
            table.or("cancel_word", default, |value| cancel_word(provider, &value::text(value)?));
        let templates =
            provider.and_then(|provider| provider.templates(&mut table)).unwrap_or_else(|| json!({}));
        let secrets = table.table("secrets");
        let secrets = match (secrets, provider) {
            (Some(secrets), Some(provider)) => provider.secrets(secrets),
            (None, Some(_)) => {
                table.say_of("secrets", "is missing; name where the account's secrets are kept");
                BTreeMap::new()
            }
            _ => BTreeMap::new(),
        };
        let has_key = account.as_ref().is_some_and(|account| account.get("api_key_sid").is_some());
        if has_key && !secrets.contains_key("api_key_secret") {
            table.say_of("secrets", "has no api_key_secret; name where the secret of api_key_sid is kept");
        }
        // Which keys belong to an account is only known with its provider.
        if provider.is_some() {
            table.finish();
        }
        let slug = slug?;
        Some(Self {
            id: ChannelId::named(Uuid::nil(), &slug),
            slug,
            provider: provider?.name(),
            account: account?,
            own_address,
            secrets,
            templates,
            preset: preset.map(|preset| preset.name),
            tokens_per_second,
            bucket_capacity,
            new_since,
            canary_every,
            quiet_hours: quiet_hours.map(|(from, until)| json!({ "from": from, "until": until })),
            cancel_word,
        })
    }

    /// Checks one channel that is in no file, by the same rules: the table holds what `[[tenant.channel]]` would.
    ///
    /// # Errors
    /// All that is wrong with it at once, by key.
    pub fn parse(values: toml::Table) -> Result<Self, Vec<Problem>> {
        let problems = Problems::default();
        let channel = Self::declared(Table::root(values, &problems));
        let problems = problems.into_inner();
        match channel {
            Some(channel) if problems.is_empty() => Ok(channel),
            _ => Err(problems),
        }
    }

    /// Says where its quiet hours are local, as `delivery.put_channel_v1` wants to know.
    #[must_use]
    pub fn in_zone(mut self, time_zone: &str) -> Self {
        if let Some(hours) = &mut self.quiet_hours {
            hours["time_zone"] = time_zone.into();
        }
        self
    }

    /// What [`Channel::templates`] hold, as a file would declare it.
    #[must_use]
    pub fn written_templates(templates: &Value) -> toml::Table {
        template::written(templates)
    }

    /// Secrets that a webhook is verified by: while one is being replaced, the one before it is good as `…_previous`.
    #[must_use]
    pub fn rotatable(provider: &str) -> Vec<&'static str> {
        let optional = Provider::named(provider).map_or(&[][..], |provider| provider.secret_names().1);
        optional.iter().filter_map(|name| name.strip_suffix("_previous")).collect()
    }

    /// The secret that is ours to make up: nobody but the provider's settings page needs to know it.
    #[must_use]
    pub fn made_up(provider: &str) -> Option<&'static str> {
        match Provider::named(provider)? {
            Provider::Evolution => Some("webhook_token"),
            Provider::Meta => Some("verify_token"),
            Provider::Twilio => None,
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Provider {
    Evolution,
    Meta,
    Twilio,
}

impl Provider {
    fn read(value: &toml::Value) -> value::Read<Self> {
        value
            .as_str()
            .and_then(Self::named)
            .ok_or_else(|| "must be \"evolution\", \"meta\" or \"twilio\"".to_owned())
    }

    fn named(name: &str) -> Option<Self> {
        [Self::Evolution, Self::Meta, Self::Twilio].into_iter().find(|known| known.name() == name)
    }

    fn name(self) -> &'static str {
        match self {
            Self::Evolution => "evolution",
            Self::Meta => "meta",
            Self::Twilio => "twilio",
        }
    }

    fn account(self, table: &mut Table<'_>) -> Option<Value> {
        match self {
            Self::Evolution => {
                let base_url = table.required("base_url", value::url);
                let instance = table.required("instance", value::text);
                Some(json!({ "base_url": base_url?, "instance": instance? }))
            }
            Self::Meta => {
                let phone_number_id = table.required("phone_number_id", value::text);
                let waba_id = table.required("waba_id", value::text);
                let graph_url = table.or("graph_url", GRAPH_URL.to_owned(), value::url);
                Some(
                    json!({ "phone_number_id": phone_number_id?, "waba_id": waba_id?, "graph_url": graph_url }),
                )
            }
            Self::Twilio => {
                let account_sid = table.required("account_sid", value::text);
                let from = table.required("from", twilio_sender);
                let api_url = table.or("api_url", TWILIO_URL.to_owned(), value::url);
                let api_key_sid = table.optional("api_key_sid", value::text);
                let mut account = json!({ "account_sid": account_sid?, "from": from?, "api_url": api_url });
                if let Some(sid) = api_key_sid {
                    account["api_key_sid"] = sid.into();
                }
                Some(account)
            }
        }
    }

    /// Evolution's numbers may write at any time, so it has none.
    fn templates(self, table: &mut Table<'_>) -> Option<Value> {
        let named = match self {
            Self::Evolution => return None,
            Self::Meta => Named::ByName,
            Self::Twilio => Named::BySid,
        };
        table.table("templates").map(|templates| template::templates(templates, named))
    }

    /// Secrets that must be there, then those that may. `…_previous` stays good while a secret is being replaced.
    fn secret_names(self) -> (&'static [&'static str], &'static [&'static str]) {
        match self {
            Self::Evolution => {
                (&["api_key"], &["webhook_token", "webhook_token_previous", "jwt_key", "jwt_key_previous"])
            }
            Self::Meta => (
                &["access_token", "app_secret", "verify_token"],
                &["app_secret_previous", "verify_token_previous"],
            ),
            // The token signs webhooks; calls may be made with an API key instead.
            Self::Twilio => (&["auth_token"], &["auth_token_previous", "api_key_secret"]),
        }
    }

    fn secrets(self, mut table: Table<'_>) -> BTreeMap<&'static str, SecretRef> {
        let (required, optional) = self.secret_names();
        if self == Self::Evolution && !table.has("webhook_token") && !table.has("jwt_key") {
            table.say(
                "has neither webhook_token nor jwt_key; without one anybody could pretend to be the server",
            );
        }
        let mut secrets = BTreeMap::new();
        for name in required {
            secrets.extend(table.required(name, value::secret).map(|kept| (*name, kept)));
        }
        for name in optional {
            secrets.extend(table.optional(name, value::secret).map(|kept| (*name, kept)));
        }
        table.finish();
        secrets
    }

    fn cancel_word(self) -> &'static str {
        match self {
            Self::Evolution | Self::Meta => "CANCEL",
            // Twilio takes the bare word for an opt-out.
            Self::Twilio => "CANCEL VISIT",
        }
    }
}

fn twilio_sender(value: &toml::Value) -> value::Read<String> {
    let problem = || "must be the sender as Twilio writes it, such as \"whatsapp:+442079460000\"".to_owned();
    let sender = value::text(value)?;
    let number = sender.strip_prefix("whatsapp:+").ok_or_else(problem)?;
    let digits = number.bytes().all(|byte| byte.is_ascii_digit());
    if digits && Phone::parse(number).is_ok() { Ok(sender) } else { Err(problem()) }
}

fn cancel_word(provider: Option<Provider>, word: &str) -> value::Read<String> {
    if lexicon::mark(word).is_some() {
        return Err(
            "means something else to every channel, an opt-out or an emergency; choose another".to_owned()
        );
    }
    let unsubscribes = TWILIO_UNSUBSCRIBES.iter().any(|taken| taken.eq_ignore_ascii_case(word.trim()));
    if provider == Some(Provider::Twilio) && unsubscribes {
        return Err(
            "unsubscribes the customer on Twilio; choose another, such as \"CANCEL VISIT\"".to_owned()
        );
    }
    Ok(word.to_owned())
}
