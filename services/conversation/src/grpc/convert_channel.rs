//! Between the contract's channels and ours.

use std::collections::{BTreeMap, HashMap};
use std::hash::BuildHasher;

use bootstrap::Problem;
use contract::conversation::v1::{
    self as api, ChannelDeclaration, ChannelManager, EvolutionAccount, MetaAccount, TwilioAccount,
    channel_declaration::Account,
};
use rpc::{Failure, Violation, parse::proto_time};
use settings::Period;
use toml::{Table, Value};

use crate::channels::{MadeUp, Refused, Setup};
use crate::store::channels::{Change, ChannelRow, FILE};

/// The provider whose account is given; empty if none is.
pub fn provider(declared: &ChannelDeclaration) -> &'static str {
    match declared.account {
        Some(Account::Evolution(_)) => "evolution",
        Some(Account::Meta(_)) => "meta",
        Some(Account::Twilio(_)) => "twilio",
        None => "",
    }
}

/// What the bootstrap file would say; an empty field says nothing.
pub fn table(declared: ChannelDeclaration) -> Table {
    let mut table = Table::new();
    let provider = provider(&declared).to_owned();
    let account = match declared.account {
        Some(Account::Evolution(one)) => vec![("base_url", one.base_url), ("instance", one.instance)],
        Some(Account::Meta(one)) => vec![
            ("phone_number_id", one.phone_number_id),
            ("waba_id", one.waba_id),
            ("graph_url", one.graph_url),
        ],
        Some(Account::Twilio(one)) => vec![
            ("account_sid", one.account_sid),
            ("from", one.from),
            ("api_url", one.api_url),
            ("api_key_sid", one.api_key_sid),
        ],
        None => Vec::new(),
    };
    let others = [
        ("slug", declared.slug),
        ("provider", provider),
        ("own_address", declared.own_address),
        ("preset", declared.preset),
        ("cancel_word", declared.cancel_word),
    ];
    for (key, value) in others.into_iter().chain(account).filter(|(_, value)| !value.is_empty()) {
        table.insert(key.to_owned(), Value::String(value));
    }
    table.extend(declared.tokens_per_second.map(|rate| ("tokens_per_second".to_owned(), Value::Float(rate))));
    table.extend(
        declared.bucket_capacity.map(|burst| ("bucket_capacity".to_owned(), Value::Integer(burst.into()))),
    );
    table.extend(declared.new_since.map(|day| ("new_since".to_owned(), Value::String(day))));
    table.extend(declared.canary_every.map(|every| ("canary_every".to_owned(), Value::String(every))));
    table.extend(
        declared.quiet_hours.map(|hours| ("quiet_hours".to_owned(), Value::Table(quiet_hours(hours)))),
    );
    if !declared.templates.is_empty() {
        let parts = declared.templates.into_iter().map(|(part, template)| (part, section(template)));
        table.insert("templates".to_owned(), Value::Table(parts.collect()));
    }
    if !declared.secrets.is_empty() {
        table.insert("secrets".to_owned(), Value::Table(texts(declared.secrets)));
    }
    table
}

fn quiet_hours(hours: api::QuietHours) -> Table {
    let both = [("from", hours.from), ("until", hours.until)];
    both.into_iter()
        .filter(|(_, at)| !at.is_empty())
        .map(|(key, at)| (key.to_owned(), Value::String(at)))
        .collect()
}

/// A part as the file would declare it: by its id alone where one is for all languages.
fn section(part: api::TemplatePart) -> Value {
    let all_languages = part.content_sids.get("").filter(|_| part.content_sids.len() == 1);
    if let Some(sid) = all_languages {
        return Value::String(sid.clone());
    }
    let list = |texts: Vec<String>| Value::Array(texts.into_iter().map(Value::String).collect());
    let mut section = Table::new();
    for (key, text) in [("name", part.name), ("header", part.header)] {
        if !text.is_empty() {
            section.insert(key.to_owned(), Value::String(text));
        }
    }
    for (key, texts) in [("languages", part.languages), ("parameters", part.parameters)] {
        if !texts.is_empty() {
            section.insert(key.to_owned(), list(texts));
        }
    }
    if !part.content_sids.is_empty() {
        section.insert("content_sids".to_owned(), Value::Table(texts(part.content_sids)));
    }
    Value::Table(section)
}

/// The same the other way.
fn part((part, written): (String, Value)) -> (String, api::TemplatePart) {
    let text = |value: Option<&Value>| value.and_then(Value::as_str).unwrap_or_default().to_owned();
    let declared = match &written {
        Value::String(sid) if sid.starts_with("HX") => api::TemplatePart {
            content_sids: HashMap::from([(String::new(), sid.clone())]),
            ..Default::default()
        },
        Value::Table(section) => {
            let list = |key: &str| {
                let values =
                    section.get(key).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
                values.iter().map(|value| text(Some(value))).collect()
            };
            let sids = section.get("content_sids").and_then(Value::as_table).into_iter().flatten();
            api::TemplatePart {
                name: text(section.get("name")),
                languages: list("languages"),
                content_sids: sids.map(|(language, sid)| (language.clone(), text(Some(sid)))).collect(),
                parameters: list("parameters"),
                header: text(section.get("header")),
            }
        }
        other => api::TemplatePart { name: text(Some(other)), ..Default::default() },
    };
    (part, declared)
}

fn texts<S: BuildHasher>(map: HashMap<String, String, S>) -> Table {
    map.into_iter().map(|(name, value)| (name, Value::String(value))).collect()
}

pub fn setup(setup: Setup) -> api::ChannelSetup {
    let Setup { row, webhook, secrets } = setup;
    let managed_by = if row.managed_by == FILE { ChannelManager::File } else { ChannelManager::Operators };
    api::ChannelSetup {
        id: row.id.to_string(),
        tenant_id: row.tenant_id.to_string(),
        provider: row.provider.clone(),
        managed_by: managed_by.into(),
        disabled_at: row.disabled_at.map(proto_time),
        updated_at: Some(proto_time(row.updated_at)),
        declaration: Some(declaration(row)),
        webhook: Some(api::Webhook {
            url: webhook.url,
            status_url: webhook.status_url.unwrap_or_default(),
            header: webhook.header.unwrap_or_default().to_owned(),
            how: webhook.how.to_owned(),
        }),
        secrets: secrets
            .into_iter()
            .map(|secret| api::SecretState {
                previous: secret.name.ends_with("_previous"),
                name: secret.name,
                reference: secret.reference,
                resolvable: secret.problem.is_none(),
                problem: secret.problem.unwrap_or_default(),
                last_used_at: secret.last_used_at.map(proto_time),
            })
            .collect(),
    }
}

fn declaration(row: ChannelRow) -> ChannelDeclaration {
    let mut account = row.account;
    let hour = |hours: &serde_json::Value, key: &str| hours[key].as_str().unwrap_or_default().to_owned();
    ChannelDeclaration {
        templates: bootstrap::Channel::written_templates(&row.templates).into_iter().map(part).collect(),
        quiet_hours: row
            .quiet_hours
            .map(|hours| api::QuietHours { from: hour(&hours, "from"), until: hour(&hours, "until") }),
        new_since: row.new_since.map(|day| day.to_string()),
        canary_every: row.canary_every.map(|every| Period::new(every).into()),
        account: account_of(&row.provider, &mut account),
        slug: row.slug,
        own_address: row.own_address.unwrap_or_default(),
        secrets: row.secrets.into_iter().collect(),
        preset: row.preset.unwrap_or_default(),
        tokens_per_second: Some(row.tokens_per_second),
        bucket_capacity: u32::try_from(row.bucket_capacity).ok(),
        cancel_word: row.cancel_word,
    }
}

fn account_of(provider: &str, account: &mut BTreeMap<String, String>) -> Option<Account> {
    let mut take = |name: &str| account.remove(name).unwrap_or_default();
    match provider {
        "evolution" => Some(Account::Evolution(EvolutionAccount {
            base_url: take("base_url"),
            instance: take("instance"),
        })),
        "meta" => Some(Account::Meta(MetaAccount {
            phone_number_id: take("phone_number_id"),
            waba_id: take("waba_id"),
            graph_url: take("graph_url"),
        })),
        "twilio" => Some(Account::Twilio(TwilioAccount {
            account_sid: take("account_sid"),
            from: take("from"),
            api_url: take("api_url"),
            api_key_sid: take("api_key_sid"),
        })),
        _ => None,
    }
}

pub fn made_up(made: MadeUp) -> api::MadeUpSecret {
    api::MadeUpSecret {
        name: made.name.to_owned(),
        value: made.value.expose().to_owned(),
        reference: made.reference.to_string(),
    }
}

pub fn change(change: Change) -> api::ChannelChange {
    api::ChannelChange {
        what: change.what,
        by_role: change.by_role,
        fields: change.fields,
        correlation_id: change.correlation_id.to_string(),
        at: Some(proto_time(change.at)),
    }
}

pub fn preset(preset: &bootstrap::Preset) -> api::Preset {
    api::Preset {
        name: preset.name.to_owned(),
        provider: preset.provider.to_owned(),
        tokens_per_second: preset.tokens_per_second,
        bucket_capacity: preset.bucket_capacity,
        about: preset.about.to_owned(),
    }
}

/// What the caller is told. `provider` names the account in the paths of fields.
pub fn failure(refused: Refused, provider: &str) -> Failure {
    let problem = refused.to_string();
    match refused {
        Refused::Declared(problems) => Failure::all_invalid(
            problems.into_iter().map(|problem| violation(problem, provider)).collect(),
        ),
        Refused::NotThere(what) => Failure::not_found(what, "of this id"),
        Refused::OfTheFile => Failure::precondition(problem, "change it there and restart conversation")
            .reason("CHANNEL_OF_THE_FILE"),
        Refused::Exists => Failure::precondition(
            format!("{problem}, and it differs from this declaration"),
            "choose another slug, or change that channel with UpdateChannel",
        )
        .reason("CHANNEL_EXISTS"),
        Refused::NumberTaken => {
            Failure::invalid("channel.meta.phone_number_id", "belongs to another channel", "disable is not enough: give that channel another number first")
        }
        Refused::Waiting(many) => {
            Failure::precondition(problem, "wait until they are sent, or say even_if_waiting: they stay and expire")
                .reason("MESSAGES_WAIT")
                .with("waiting", many.to_string())
        }
        Refused::NotRotatable { .. } => Failure::invalid("name", problem, "a sending key is replaced where it is kept, or by UpdateChannel"),
        Refused::BeingReplaced(name) => Failure::precondition(problem, "retire the old one first with RetireSecret")
            .with("secret", name),
        Refused::NothingToRetire(name) => {
            Failure::precondition(problem, "give it a successor first with RotateSecret").with("secret", name)
        }
        Refused::StillUsed { .. } => Failure::precondition(
            problem,
            "give the provider the new one (delivery.v1.ConnectionService/SetWebhook, or its console), or say even_if_used",
        )
        .reason("SECRET_IN_USE"),
        Refused::NoFolder => Failure::precondition(
            problem,
            "set it, or name where the secret is kept",
        ),
        Refused::Folder(_) => Failure::unavailable(problem, "check the folder, its owner and its space"),
        Refused::Database(error) => Failure::internal(error),
    }
}

/// `base_url must be …; …` of a file is `channel.evolution.base_url` of a request.
fn violation(Problem { path, problem }: Problem, provider: &str) -> Violation {
    const OF_THE_CHANNEL: [&str; 11] = [
        "slug",
        "own_address",
        "secrets",
        "preset",
        "tokens_per_second",
        "bucket_capacity",
        "cancel_word",
        "templates",
        "quiet_hours",
        "new_since",
        "canary_every",
    ];
    let (problem, remedy) = match problem.split_once("; ") {
        Some((problem, remedy)) => (problem.to_owned(), remedy.to_owned()),
        None => (problem, "correct it".to_owned()),
    };
    let first = path.split('.').next().unwrap_or_default();
    let field = match first {
        "provider" => "channel.account".to_owned(),
        first if OF_THE_CHANNEL.contains(&first) || provider.is_empty() => format!("channel.{path}"),
        _ => format!("channel.{provider}.{path}"),
    };
    Violation { field, problem, remedy }
}

#[cfg(test)]
mod tests {
    use bootstrap::Channel;

    use super::*;

    /// A row as it would be stored.
    fn row(channel: &Channel) -> ChannelRow {
        let texts = |value: &serde_json::Value| {
            let pairs = value.as_object().into_iter().flatten();
            pairs.map(|(key, text)| (key.clone(), text.as_str().unwrap_or_default().to_owned())).collect()
        };
        ChannelRow {
            id: channel.id,
            tenant_id: ids::TenantId::generate(),
            slug: channel.slug.clone(),
            provider: channel.provider.to_owned(),
            account: texts(&channel.account),
            secrets: texts(&serde_json::json!(channel.secrets)),
            own_address: channel.own_address.clone(),
            cancel_word: channel.cancel_word.clone(),
            preset: channel.preset.map(str::to_owned),
            tokens_per_second: channel.tokens_per_second,
            bucket_capacity: i32::try_from(channel.bucket_capacity).unwrap(),
            templates: channel.templates.clone(),
            quiet_hours: channel.quiet_hours.clone(),
            new_since: channel.new_since,
            canary_every: channel.canary_every,
            managed_by: FILE.to_owned(),
            disabled_at: None,
            updated_at: jiff::Timestamp::UNIX_EPOCH,
        }
    }

    #[test]
    fn whatever_the_file_can_say_of_a_channel_a_request_can_say_too() {
        let meta = "slug = 'm'\nprovider = 'meta'\nphone_number_id = '1'\nwaba_id = '2'\nown_address = '+442079460000'
            preset = 'meta_80'\nnew_since = 2026-11-01\ncanary_every = '36h'\nquiet_hours = { from = '21:00', until = '08:00' }
            secrets = { access_token = 'env:A', app_secret = 'env:B', verify_token = 'env:C' }
            [templates]
            reminder = { name = 'visit', languages = ['en_GB', 'es'], parameters = ['customerName'], header = 'businessName' }
            moved = { name = 'moved' }
            cancelled = 'gone'";
        let twilio = "slug = 't'\nprovider = 'twilio'\naccount_sid = 'AC1'\nfrom = 'whatsapp:+442079460000'
            api_key_sid = 'SK1'\ncancel_word = 'DROP IT'\ntokens_per_second = 2.5\nbucket_capacity = 7
            secrets = { auth_token = 'env:A', api_key_secret = 'env:B' }
            [templates]
            reminder = 'HX00112233445566778899aabbccddeeff'
            reopen = { content_sids = { en = 'HX00112233445566778899aabbccddeeff', es = 'HX00112233445566778899aabbccddee00' } }";
        for text in [meta, twilio] {
            let file: Table = text.parse().unwrap();
            let declared = Channel::parse(file).unwrap();
            let request = declaration(row(&declared));
            let back = Channel::parse(table(request.clone())).unwrap();
            assert_eq!(declaration(row(&back)), request);
            let same = Channel { templates: back.templates.clone(), ..declared.clone() };
            assert_eq!(back, same, "everything but how a part is written is the same");
        }
    }
}
