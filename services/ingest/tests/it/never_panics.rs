//! Whatever bytes arrive, reading them ends in events, in rejected pieces or in a refusal to read; never in a panic,
//! and never in nothing.

use ingest::providers::Provider;
use proptest::prelude::*;

use crate::support::fixtures::{bytes, names, parse};

/// Every request leaves a trace: an event (even if only "ignored"), a rejected piece, or the refusal of the whole.
fn leaves_a_trace(provider: Provider, body: &[u8]) {
    if let Ok(parsed) = parse(provider, body) {
        let empty_envelope =
            provider == Provider::Meta && parsed.events.is_empty() && parsed.rejected.is_empty();
        if empty_envelope {
            let value: serde_json::Value = serde_json::from_slice(body).unwrap();
            let entries = value.get("entry").and_then(|entry| entry.as_array()).map_or(0, Vec::len);
            assert_eq!(entries, 0, "entries were dropped");
            return;
        }
        assert!(parsed.events.len() + parsed.rejected.len() > 0);
        for rejected in &parsed.rejected {
            assert!(!rejected.detail.contains("447700900123"), "a reason quotes the customer");
        }
    }
}

fn providers() -> impl Strategy<Value = Provider> {
    prop::sample::select(Provider::ALL.to_vec())
}

fn samples() -> impl Strategy<Value = (Provider, Vec<u8>)> {
    let all: Vec<_> = Provider::ALL
        .into_iter()
        .flat_map(|provider| names(provider).into_iter().map(move |name| (provider, bytes(provider, &name))))
        .collect();
    prop::sample::select(all)
}

/// Any JSON value, a few levels deep.
fn json() -> impl Strategy<Value = serde_json::Value> {
    let leaf = prop_oneof![
        Just(serde_json::Value::Null),
        any::<bool>().prop_map(Into::into),
        any::<i64>().prop_map(Into::into),
        any::<f64>().prop_map(Into::into),
        ".{0,12}".prop_map(Into::into),
    ];
    leaf.prop_recursive(3, 12, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Into::into),
            prop::collection::btree_map("[a-zA-Z]{1,8}", inner, 0..4)
                .prop_map(|map| serde_json::Value::Object(map.into_iter().collect())),
        ]
    })
}

/// Replaces the `at`-th value of a tree by another.
fn replace(value: &mut serde_json::Value, at: &mut usize, other: &serde_json::Value) {
    if *at == 0 {
        *value = other.clone();
        *at = usize::MAX;
        return;
    }
    *at -= 1;
    match value {
        serde_json::Value::Array(list) => {
            list.iter_mut().for_each(|inner| {
                if *at != usize::MAX {
                    replace(inner, at, other);
                }
            });
        }
        serde_json::Value::Object(map) => {
            map.values_mut().for_each(|inner| {
                if *at != usize::MAX {
                    replace(inner, at, other);
                }
            });
        }
        _ => {}
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn arbitrary_bytes(provider in providers(), body in prop::collection::vec(any::<u8>(), 0..512)) {
        leaves_a_trace(provider, &body);
    }

    #[test]
    fn arbitrary_json(provider in providers(), value in json()) {
        leaves_a_trace(provider, value.to_string().as_bytes());
    }

    #[test]
    fn samples_with_flipped_and_cut_bytes(
        (provider, mut body) in samples(),
        flips in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..8),
        cut in prop::option::of(any::<prop::sample::Index>()),
    ) {
        for (at, byte) in flips {
            let at = at.index(body.len());
            body[at] = byte;
        }
        if let Some(cut) = cut {
            body.truncate(cut.index(body.len()));
        }
        leaves_a_trace(provider, &body);
    }

    #[test]
    fn samples_with_a_value_of_another_type(
        (provider, body) in samples(),
        at in 0usize..120,
        other in json(),
    ) {
        if let Ok(mut value) = serde_json::from_slice::<serde_json::Value>(&body) {
            let mut at = at;
            replace(&mut value, &mut at, &other);
            leaves_a_trace(provider, value.to_string().as_bytes());
        }
    }

    #[test]
    fn any_nesting_of_wrappers(depth in 0usize..400) {
        let open = r#"{"message":{"ephemeralMessage":"#.repeat(depth);
        let close = "}}".repeat(depth);
        let body = format!(
            r#"{{"event":"messages.upsert","data":{{"key":{{"id":"A","remoteJid":"447700900123@s.whatsapp.net"}},"message":{{"ephemeralMessage":{open}{{"message":{{"conversation":"x"}}}}{close}}}}}}}"#
        );
        leaves_a_trace(Provider::Evolution, body.as_bytes());
    }
}
