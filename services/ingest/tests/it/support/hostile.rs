//! Bodies as nobody should send them: the samples, spoiled.

use ingest::providers::Provider;
use proptest::prelude::*;
use serde_json::Value;

use super::fixtures::{bytes, names};

/// How many cases a property is tried with: `usually`, or what `FRONTDESK_FUZZ_CASES` says (`cargo xtask soak`).
pub fn cases(usually: u32) -> ProptestConfig {
    let wanted = std::env::var("FRONTDESK_FUZZ_CASES").ok().map(|cases| cases.parse().unwrap());
    ProptestConfig::with_cases(wanted.unwrap_or(usually))
}

/// Every sample with its provider.
pub fn samples() -> impl Strategy<Value = (Provider, Vec<u8>)> {
    let all: Vec<_> = Provider::ALL
        .into_iter()
        .flat_map(|provider| names(provider).into_iter().map(move |name| (provider, bytes(provider, &name))))
        .collect();
    prop::sample::select(all)
}

/// Any JSON value, a few levels deep.
pub fn json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Into::into),
        any::<i64>().prop_map(Into::into),
        any::<f64>().prop_map(Into::into),
        ".{0,12}".prop_map(Into::into),
    ];
    leaf.prop_recursive(3, 12, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Into::into),
            prop::collection::btree_map("[a-zA-Z]{1,8}", inner, 0..4)
                .prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    })
}

/// Replaces the `at`-th value of a tree by another.
pub fn replace(value: &mut Value, at: &mut usize, other: &Value) {
    if *at == 0 {
        *value = other.clone();
        *at = usize::MAX;
        return;
    }
    *at -= 1;
    match value {
        Value::Array(list) => {
            list.iter_mut().for_each(|inner| {
                if *at != usize::MAX {
                    replace(inner, at, other);
                }
            });
        }
        Value::Object(map) => {
            map.values_mut().for_each(|inner| {
                if *at != usize::MAX {
                    replace(inner, at, other);
                }
            });
        }
        _ => {}
    }
}

/// Strings that have hurt parsers before.
pub fn nasty() -> impl Strategy<Value = Value> {
    prop_oneof![
        Just(Value::from("")),
        Just(Value::from(" \t\n")),
        Just(Value::from("\0")),
        Just(Value::from("\u{feff}\u{202e}\u{1f469}\u{200d}\u{1f52c}")),
        Just(Value::from("-0")),
        Just(Value::from("99999999999999999999999")),
        Just(Value::from("@")),
        Just(Value::from(":5@lid")),
        Just(Value::from("120363@g.us")),
        (1usize..20_000).prop_map(|length| "9".repeat(length).into()),
        (1usize..5_000).prop_map(|length| "é".repeat(length).into()),
        Just(Value::from(i64::MIN)),
        Just(Value::from(u64::MAX)),
        Just(Value::from(1e308)),
        (1usize..60).prop_map(|depth| (0..depth).fold(Value::Null, |inner, _| vec![inner].into())),
        (1usize..60).prop_map(
            |depth| (0..depth).fold(Value::Null, |inner, _| { serde_json::json!({ "message": inner }) })
        ),
        (0usize..60).prop_map(|length| vec![Value::from("x"); length].into()),
        json(),
    ]
}

/// A sample of JSON with up to five values replaced, and up to three of its lists grown by copies of their elements.
pub fn spoiled() -> impl Strategy<Value = (Provider, Value)> {
    let json = samples().prop_filter("Twilio sends forms", |(provider, _)| *provider != Provider::Twilio);
    let places = prop::collection::vec((0usize..150, nasty()), 0..5);
    let copies = prop::collection::vec((0usize..6, 0usize..40), 0..3);
    (json, places, copies).prop_map(|((provider, body), places, copies)| {
        let mut value: Value = serde_json::from_slice(&body).unwrap();
        for (mut at, count) in copies {
            grow(&mut value, &mut at, count);
        }
        for (mut at, other) in places {
            replace(&mut value, &mut at, &other);
        }
        (provider, value)
    })
}

/// Repeats the first element of the `at`-th list that has one.
fn grow(value: &mut Value, at: &mut usize, count: usize) {
    match value {
        Value::Array(list) if !list.is_empty() => {
            if *at == 0 {
                *at = usize::MAX;
                let first = list[0].clone();
                list.extend(std::iter::repeat_n(first, count));
                return;
            }
            *at -= 1;
            list.iter_mut().for_each(|inner| {
                if *at != usize::MAX {
                    grow(inner, at, count);
                }
            });
        }
        Value::Object(map) => map.values_mut().for_each(|inner| {
            if *at != usize::MAX {
                grow(inner, at, count);
            }
        }),
        _ => {}
    }
}

/// A sample form with fields dropped, repeated, blanked, spoiled and added.
pub fn spoiled_form() -> impl Strategy<Value = Vec<u8>> {
    let forms =
        names(Provider::Twilio).into_iter().map(|name| bytes(Provider::Twilio, &name)).collect::<Vec<_>>();
    let change = (any::<prop::sample::Index>(), 0u8..5, "[a-zA-Z0-9%&=+;]{0,30}");
    (prop::sample::select(forms), prop::collection::vec(change, 0..6)).prop_map(|(form, changes)| {
        let mut pairs: Vec<Vec<u8>> = form.split(|byte| *byte == b'&').map(<[u8]>::to_vec).collect();
        for (at, how, text) in changes {
            let at = at.index(pairs.len());
            let name = pairs[at].split(|byte| *byte == b'=').next().unwrap_or_default().to_vec();
            match how {
                0 if pairs.len() > 1 => drop(pairs.remove(at)),
                1 => pairs.push(pairs[at].clone()),
                2 => pairs[at] = [&name, b"=".as_slice()].concat(),
                3 => pairs[at] = [&name, b"=".as_slice(), text.as_bytes()].concat(),
                _ => pairs.push(text.into_bytes()),
            }
        }
        pairs.join(&b'&')
    })
}
