//! Whatever bytes arrive, reading them ends in events, in rejected pieces or in a refusal to read; never in a panic,
//! and never in nothing.

use ingest::providers::Provider;
use proptest::prelude::*;

use crate::support::fixtures::parse;
use crate::support::hostile::{self, json, replace, samples};

/// Every request leaves a trace: an event (even if only "ignored"), a rejected piece, or the refusal of the whole.
fn leaves_a_trace(provider: Provider, body: &[u8]) {
    if let Ok(parsed) = parse(provider, body) {
        assert!(parsed.pieces() > 0);
        for rejected in &parsed.rejected {
            assert!(!rejected.detail.contains("447700900123"), "a reason quotes the customer");
        }
    }
}

fn providers() -> impl Strategy<Value = Provider> {
    prop::sample::select(Provider::ALL.to_vec())
}

proptest! {
    #![proptest_config(hostile::cases(512))]

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
