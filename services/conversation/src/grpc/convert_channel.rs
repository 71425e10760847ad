//! Between the contract's channels and ours.

use std::collections::{BTreeMap, HashMap};
use std::hash::BuildHasher;

use bootstrap::Problem;
use contract::conversation::v1::{
    self as api, ChannelDeclaration, ChannelManager, EvolutionAccount, MetaAccount, TwilioAccount,
    channel_declaration::Account,
};
use rpc::{Failure, Violation, parse::proto_time};
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
    if !declared.secrets.is_empty() {
        table.insert("secrets".to_owned(), Value::Table(texts(declared.secrets)));
    }
    table
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
    ChannelDeclaration {
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
    const OF_THE_CHANNEL: [&str; 7] =
        ["slug", "own_address", "secrets", "preset", "tokens_per_second", "bucket_capacity", "cancel_word"];
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
