//! The defaults are the list of known keys and of their types: nothing else has to be kept in step with them.

use toml::{Table, Value};

use crate::Problem;
use crate::layer::{join, type_name};

/// Checks one layer against the defaults and gives back what fits. An empty table in the defaults stands for a section
/// in which a person may choose the names; nothing below it is checked here.
pub(crate) fn fit(defaults: &Table, given: Table, origin: &str, problems: &mut Vec<Problem>) -> Table {
    fit_table(defaults, defaults, "", given, origin, problems)
}

fn fit_table(
    all: &Table,
    defaults: &Table,
    path: &str,
    given: Table,
    origin: &str,
    problems: &mut Vec<Problem>,
) -> Table {
    let mut fitting = Table::new();
    for (name, value) in given {
        let key = join(path, &name);
        match (defaults.get(&name), value) {
            (None, _) => problems.push(unknown(all, key, origin)),
            (Some(Value::Table(open)), Value::Table(value)) if open.is_empty() => {
                fitting.insert(name, Value::Table(value));
            }
            (Some(Value::Table(inner)), Value::Table(value)) => {
                let value = fit_table(all, inner, &key, value, origin, problems);
                fitting.insert(name, Value::Table(value));
            }
            // A person who writes 1 for 1.0 means the same.
            (Some(Value::Float(_)), Value::Integer(value)) => {
                fitting.insert(name, Value::Float(value as f64));
            }
            (Some(default), value) if default.same_type(&value) => {
                fitting.insert(name, value);
            }
            (Some(default), value) => problems.push(Problem::Type {
                key,
                origin: origin.to_owned(),
                expected: type_name(default),
                found: type_name(&value),
            }),
        }
    }
    fitting
}

/// The default at a path; `None` where there is none. `Some(None)` where names are free.
pub(crate) fn find<'a>(defaults: &'a Table, path: &[String]) -> Option<Found<'a>> {
    let (last, parents) = path.split_last()?;
    let mut table = defaults;
    for name in parents {
        match table.get(name)? {
            Value::Table(inner) if inner.is_empty() => return Some(Found::Free),
            Value::Table(inner) => table = inner,
            _ => return None,
        }
    }
    table.get(last).map(Found::Default)
}

/// What the defaults say about a path.
pub(crate) enum Found<'a> {
    /// The key is known and this is its default.
    Default(&'a Value),
    /// The key lies in a section whose names are free.
    Free,
}

pub(crate) fn unknown(defaults: &Table, key: String, origin: &str) -> Problem {
    let nearest = nearest(defaults, &key);
    Problem::Unknown { key, origin: origin.to_owned(), nearest }
}

/// All known keys, sections included.
pub(crate) fn paths(defaults: &Table) -> Vec<String> {
    fn walk(table: &Table, path: &str, into: &mut Vec<String>) {
        for (name, value) in table {
            let key = join(path, name);
            if let Value::Table(inner) = value {
                walk(inner, &key, into);
            }
            into.push(key);
        }
    }
    let mut all = Vec::new();
    walk(defaults, "", &mut all);
    all
}

/// The known key most like the given one, unless none is alike.
fn nearest(defaults: &Table, key: &str) -> Option<String> {
    let tolerated = (key.len() / 3).max(2);
    paths(defaults)
        .into_iter()
        .map(|known| (distance(&known, key), known))
        .filter(|(distance, _)| *distance <= tolerated)
        .min()
        .map(|(_, known)| known)
}

/// Levenshtein's distance: how many letters must be put in, taken out or changed.
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, ca) in a.chars().enumerate() {
        let mut diagonal = i;
        row[0] = i + 1;
        for (j, cb) in b.iter().enumerate() {
            let substituted = diagonal + usize::from(ca != *cb);
            diagonal = row[j + 1];
            row[j + 1] = substituted.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row[b.len()]
}
