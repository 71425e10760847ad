//! What a channel is, as the bootstrap file would write it: the form in which it is merged and checked.

use std::collections::BTreeSet;

use bootstrap::Channel;
use settings::Period;
use toml::{Table, Value};

use crate::store::channels::ChannelRow;

/// The table of a channel that is there.
pub(super) fn of_row(row: &ChannelRow) -> Table {
    let text = |value: &String| Value::String(value.clone());
    let mut table: Table = row.account.iter().map(|(key, value)| (key.clone(), text(value))).collect();
    table.insert("slug".into(), text(&row.slug));
    table.insert("provider".into(), text(&row.provider));
    table.insert("cancel_word".into(), text(&row.cancel_word));
    table.extend(row.own_address.iter().map(|address| ("own_address".into(), text(address))));
    table.extend(row.preset.iter().map(|preset| ("preset".into(), text(preset))));
    table.insert("tokens_per_second".into(), Value::Float(row.tokens_per_second));
    table.insert("bucket_capacity".into(), Value::Integer(row.bucket_capacity.into()));
    // A provider without templates knows no such key.
    let templates = Value::Table(Channel::written_templates(&row.templates));
    table.extend(Some(("templates".into(), templates)).filter(|(_, templates)| !is_empty(templates)));
    table.extend(row.quiet_hours.as_ref().map(|hours| ("quiet_hours".into(), Value::Table(local(hours)))));
    table.extend(row.new_since.map(|day| ("new_since".into(), Value::String(day.to_string()))));
    let canary_every = row.canary_every.map(|every| Value::String(Period::new(every).into()));
    table.extend(canary_every.map(|every| ("canary_every".into(), every)));
    let secrets = row.secrets.iter().map(|(name, kept)| (name.clone(), text(kept)));
    table.insert("secrets".into(), Value::Table(secrets.collect()));
    table
}

/// Quiet hours without their zone, which is the tenant's.
fn local(hours: &serde_json::Value) -> Table {
    let of = |key: &str| Some((key.to_owned(), Value::String(hours[key].as_str()?.to_owned())));
    ["from", "until"].into_iter().filter_map(of).collect()
}

/// Lays `given` over `table`: what is given replaces, secrets and templates one by one, and a preset the rates that were there.
/// What is given empty is taken out.
pub(super) fn merge(table: &mut Table, given: Table) {
    if given.contains_key("preset") {
        table.remove("tokens_per_second");
        table.remove("bucket_capacity");
    }
    for (key, value) in given {
        match (table.get_mut(&key), value) {
            (_, value) if is_empty(&value) => {
                table.remove(&key);
            }
            (Some(Value::Table(there)), Value::Table(given)) => {
                there.extend(given);
                there.retain(|_, value| !is_empty(value));
            }
            (_, value) => {
                table.insert(key, value);
            }
        }
    }
}

fn is_empty(value: &Value) -> bool {
    match value {
        Value::String(text) => text.is_empty(),
        Value::Table(table) => table.is_empty(),
        _ => false,
    }
}

/// The names of what differs.
pub(super) fn differences(was: &Channel, is: &Channel) -> Vec<String> {
    let plain = [
        ("own_address", was.own_address != is.own_address),
        ("preset", was.preset != is.preset),
        ("tokens_per_second", was.tokens_per_second.to_bits() != is.tokens_per_second.to_bits()),
        ("bucket_capacity", was.bucket_capacity != is.bucket_capacity),
        ("cancel_word", was.cancel_word != is.cancel_word),
        ("templates", was.templates != is.templates),
        ("quiet_hours", was.quiet_hours != is.quiet_hours),
        ("new_since", was.new_since != is.new_since),
        ("canary_every", was.canary_every != is.canary_every),
    ];
    let plain = plain.into_iter().filter(|(_, differs)| *differs).map(|(name, _)| name.to_owned());
    let account = was.account.as_object().into_iter().chain(is.account.as_object());
    let account = account.flat_map(|account| account.keys());
    let account = account.filter(|key| was.account.get(*key) != is.account.get(*key)).cloned();
    let secrets = was.secrets.keys().chain(is.secrets.keys());
    let secrets = secrets.filter(|name| was.secrets.get(*name) != is.secrets.get(*name));
    let all: BTreeSet<String> =
        plain.chain(account).chain(secrets.map(|name| format!("secrets.{name}"))).collect();
    all.into_iter().collect()
}

/// Changes the secrets of a table.
pub(super) fn edit_secrets<T>(table: &mut Table, edit: impl FnOnce(&mut Table) -> T) -> T {
    let mut secrets = match table.remove("secrets") {
        Some(Value::Table(secrets)) => secrets,
        _ => Table::new(),
    };
    let done = edit(&mut secrets);
    table.insert("secrets".into(), Value::Table(secrets));
    done
}

/// The name of the secret that has to be made up, if one is left out that can be.
pub(super) fn left_out(table: &Table) -> Option<&'static str> {
    let name = Channel::made_up(table.get("provider").and_then(Value::as_str)?)?;
    let there = |name| table.get("secrets").and_then(|secrets| secrets.get(name)).is_some();
    (!there(name) && !there("jwt_key")).then_some(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(text: &str) -> Table {
        text.parse().unwrap()
    }

    #[test]
    fn what_is_given_replaces_and_the_rest_stays() {
        let mut there = table("a = 1\nb = 2\nsecrets = { x = 'env:X', y = 'env:Y' }");
        merge(&mut there, table("b = 3\na = 1\nsecrets = { y = 'env:Z', x = 'env:X' }"));
        assert_eq!(there, table("a = 1\nb = 3\nsecrets = { x = 'env:X', y = 'env:Z' }"));
    }

    #[test]
    fn what_is_given_empty_is_taken_out() {
        let mut there =
            table("a = 'x'\nb = { c = 'd' }\ntemplates = { moved = 'm', reminder = { name = 'r' } }");
        merge(&mut there, table("a = ''\nb = {}\ntemplates = { moved = {}, cancelled = 'c' }"));
        assert_eq!(there, table("templates = { cancelled = 'c', reminder = { name = 'r' } }"));
    }

    #[test]
    fn a_preset_takes_the_place_of_rates_that_are_not_given_with_it() {
        let mut there = table("tokens_per_second = 1.0\nbucket_capacity = 5");
        merge(&mut there, table("preset = 'p'\nbucket_capacity = 9"));
        assert_eq!(there, table("preset = 'p'\nbucket_capacity = 9"));
    }

    #[test]
    fn what_differs_is_named() {
        let channel = |text: &str| {
            let rest = "slug = 'a'\nprovider = 'evolution'\ninstance = 'i'\nsecrets.api_key = 'env:A'\n";
            Channel::parse(table(&format!("{rest}{text}"))).unwrap()
        };
        let was = channel("base_url = 'http://e'\nsecrets.jwt_key = 'env:J'");
        let is = channel("base_url = 'http://f'\nsecrets.webhook_token = 'env:W'\npreset = 'evolution_new'");
        assert_eq!(
            differences(&was, &is),
            [
                "base_url",
                "bucket_capacity",
                "preset",
                "secrets.jwt_key",
                "secrets.webhook_token",
                "tokens_per_second"
            ]
        );
        assert!(differences(&was, &was).is_empty());
    }

    #[test]
    fn only_what_nobody_else_decides_is_made_up() {
        assert_eq!(left_out(&table("provider = 'evolution'")), Some("webhook_token"));
        assert_eq!(left_out(&table("provider = 'evolution'\nsecrets.jwt_key = 'env:X'")), None);
        assert_eq!(left_out(&table("provider = 'meta'\nsecrets.verify_token = 'env:X'")), None);
        assert_eq!(left_out(&table("provider = 'twilio'")), None);
    }
}
