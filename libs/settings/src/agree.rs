//! Settings of different services that must say the same, or what one of them promises another cannot keep.

use std::collections::BTreeMap;

use toml::{Table, Value};

use crate::Problem;

/// Addresses that are printed as they are: none is a secret.
const ALIKE: [&[&str]; 1] = [&["ingest.public_url", "conversation.public_url", "delivery.public_url"]];

/// What a shared file or environment says about sections of other programs.
#[derive(Debug, Default)]
pub(crate) struct Foreign(BTreeMap<String, String>);

impl Foreign {
    pub(crate) fn of_file(&mut self, values: &Table) {
        for key in ALIKE.concat() {
            self.0.extend(text(values, key).map(|value| (key.to_owned(), value)));
        }
    }

    pub(crate) fn of_environment(&mut self, variables: &BTreeMap<String, String>) {
        for key in ALIKE.concat() {
            let variable = format!("FRONTDESK_{}", key.replace('.', "__").to_ascii_uppercase());
            self.0.extend(variables.get(&variable).map(|value| (key.to_owned(), value.clone())));
        }
    }
}

/// Where those that are known say different things. One that is empty says nothing.
pub(crate) fn check(known: &Table, foreign: &Foreign) -> Vec<Problem> {
    let said = |key: &&str| {
        let value = text(known, key).or_else(|| foreign.0.get(*key).cloned())?;
        let value = value.trim_end_matches('/').to_owned();
        (!value.is_empty()).then(|| ((*key).to_owned(), value))
    };
    let mut problems = Vec::new();
    for keys in ALIKE {
        let mut said = keys.iter().filter_map(said);
        let Some((first, value)) = said.next() else { continue };
        problems.extend(said.filter(|(_, other)| *other != value).map(|(key, other)| Problem::Disagree {
            first: first.clone(),
            value: value.clone(),
            other_key: key,
            other,
        }));
    }
    problems
}

fn text(values: &Table, key: &str) -> Option<String> {
    let (section, name) = key.split_once('.')?;
    values.get(section)?.as_table()?.get(name).and_then(Value::as_str).map(str::to_owned)
}
