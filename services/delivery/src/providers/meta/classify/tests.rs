//! Every row of Meta's table of codes, with the class it must end in.

use super::*;
use crate::domain::class::{RetryClass, Scope};

/// A class without its particulars, as the table writes it.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Row {
    Retry,
    /// Seconds to wait at least, and what is slowed.
    Rate(u64, Scope),
    Perm,
    PermTemplate,
    Auth,
    Ambig,
}

use Row::{Ambig, Auth, Perm, PermTemplate, Rate, Retry};

const HOUR: u64 = 3600;

fn row(trouble: &Trouble) -> Row {
    match trouble.class() {
        RetryClass::Retry => Retry,
        RetryClass::Rate { wait, scope } => Rate(wait.as_secs(), scope),
        RetryClass::Perm => Perm,
        RetryClass::PermTemplate => PermTemplate,
        RetryClass::Auth { .. } => Auth,
        RetryClass::Ambiguous => Ambig,
    }
}

fn answer(status: u16, body: &str) -> Answer {
    Answer { status, retry_after: None, body: Some(body.to_owned().into()) }
}

fn refusal(status: u16, code: i64) -> Answer {
    answer(
        status,
        &format!(r#"{{"error":{{"message":"(#{code}) no","type":"OAuthException","code":{code}}}}}"#),
    )
}

const TABLE: &[(&[i64], u16, Row)] = &[
    (&[0, 190], 401, Auth),
    (&[3], 500, Auth),
    (&[10, 200, 230, 299], 403, Auth),
    (&[1], 400, Retry),
    (&[1], 500, Retry),
    (&[2], 503, Retry),
    (&[4], 429, Rate(60, Scope::Account)),
    (&[33], 400, Auth),
    (&[80_007], 429, Rate(300, Scope::Account)),
    (&[100], 400, Perm),
    (&[130_429], 429, Rate(1, Scope::Channel)),
    (&[131_056], 429, Rate(1, Scope::Recipient)),
    (&[131_056], 400, Rate(1, Scope::Recipient)),
    (&[131_048], 429, Rate(2 * HOUR, Scope::Channel)),
    (&[131_064], 400, Auth),
    (&[130_472], 400, Perm),
    (&[130_497], 403, Perm),
    (&[131_000], 500, Ambig),
    (&[131_005], 403, Auth),
    (&[131_008, 131_009], 400, Perm),
    (&[131_016], 500, Retry),
    (&[131_016], 503, Retry),
    (&[131_021, 131_026], 400, Perm),
    (&[131_030], 400, Auth),
    (&[131_031, 368], 403, Auth),
    (&[131_037, 131_042, 131_044], 400, Auth),
    (&[131_043], 400, Perm),
    (&[131_045], 500, Auth),
    (&[131_047], 400, PermTemplate),
    (&[131_049], 400, Rate(24 * HOUR, Scope::Recipient)),
    (&[131_050, 131_051, 131_052], 400, Perm),
    (&[131_053], 400, Retry),
    (&[131_057], 500, Retry),
    (&[131_062], 400, Perm),
    (&[131_063], 400, Auth),
    (&[132_000, 132_005, 132_007, 132_008, 132_012, 132_018], 400, Perm),
    (&[132_001], 404, Perm),
    (&[132_015], 400, Rate(2 * HOUR, Scope::Template)),
    (&[132_016, 132_068], 400, Perm),
    (&[132_069], 400, Rate(HOUR, Scope::Template)),
    (&[133_000, 133_005, 133_006, 133_008, 133_009, 133_010, 133_015], 400, Auth),
    (&[133_004], 503, Retry),
    (&[133_016], 400, Rate(72 * HOUR, Scope::Channel)),
    (&[135_000, 137_000], 400, Perm),
];

#[test]
fn every_code_of_the_table() {
    for (codes, status, expected) in TABLE {
        for code in *codes {
            let trouble = refused(&refusal(*status, *code), &[]);
            assert_eq!(row(&trouble), *expected, "{code}");
            assert_eq!(trouble.code, Some(code.to_string()));
        }
    }
}

#[test]
fn the_same_code_after_the_fact_leaves_nothing_open() {
    for (codes, _, expected) in TABLE {
        for code in *codes {
            let trouble = failed(&code.to_string());
            let expected = if *expected == Ambig { Retry } else { *expected };
            assert_eq!(row(&trouble), expected, "{code}");
        }
    }
    assert_eq!(failed("999999").cause, Cause::UnknownRefusal);
    assert_eq!(failed("canceled").cause, Cause::Glitch);
}

#[test]
fn samples_of_real_shape() {
    macro_rules! sample {
        ($name:literal) => {
            include_str!(concat!("../../../../tests/fixtures/meta/meta-", $name, ".json"))
        };
    }
    let id = "wamid.HBgMNDQ3NzAwOTAwMTIzFQIAERgSQTFCMkMzRDRFNUY2MDcxODI5AA==";
    for body in [sample!("send-200"), sample!("send-template-200")] {
        assert_eq!(sent(&answer(200, body), &[]), Outcome::Accepted { provider_id: id.into() });
    }
    for (status, body, cause) in [
        (400, sample!("400-100"), Cause::InvalidRequest),
        (401, sample!("401-190"), Cause::KeyRefused),
        (429, sample!("429-130429"), Cause::RateLimited),
    ] {
        let trouble = refused(&answer(status, body), &[]);
        assert_eq!(trouble.cause, cause);
        assert!(trouble.words.contains("fbtrace_id AinventedTraceId"), "{}", trouble.words);
    }
}

#[test]
fn what_no_code_explains_falls_to_a_safe_class() {
    for (status, body, expected) in [
        // A yes without an id may have been one.
        (200, "", Ambig),
        (200, "{}", Ambig),
        (200, r#"{"messages":[]}"#, Ambig),
        (200, r#"{"messages":[{"id":""}]}"#, Ambig),
        // Codes nobody described.
        (400, r#"{"error":{"code":999999}}"#, Perm),
        (404, r#"{"error":{"code":999999}}"#, Perm),
        (400, r#"{"error":{"code":999999,"is_transient":true}}"#, Retry),
        (500, r#"{"error":{"code":999999,"is_transient":true}}"#, Retry),
        (500, r#"{"error":{"code":999999}}"#, Ambig),
        // Something in front of it.
        (302, "", Auth),
        (400, "<html>", Retry),
        (401, "", Auth),
        (403, "Forbidden", Auth),
        (404, "404 page not found", Auth),
        (408, "", Ambig),
        (413, "", Perm),
        (429, "", Rate(1, Scope::Channel)),
        (500, "", Ambig),
        (502, "<html>", Ambig),
        (503, "", Ambig),
        (504, "", Ambig),
    ] {
        assert_eq!(row(&refused(&answer(status, body), &[])), expected, "{status} {body}");
    }
}

#[test]
fn a_wait_the_answer_asks_for_counts_when_it_is_longer() {
    for (asked, expected) in [(Some(7), 7), (None, 1)] {
        let limited = Answer { retry_after: asked.map(Duration::from_secs), ..refusal(429, 130_429) };
        assert_eq!(row(&refused(&limited, &[])), Rate(expected, Scope::Channel));
    }
    let impatient = Answer { retry_after: Some(Duration::from_secs(5)), ..refusal(429, 4) };
    assert_eq!(row(&refused(&impatient, &[])), Rate(60, Scope::Account));
}

#[test]
fn words_are_scrubbed() {
    let said = r#"{"error":{"code":100,"message":"447700900123 was told: Your crown"}}"#;
    assert_eq!(refused(&answer(400, said), &["Your crown"]).words, "[…] was told: […]");
}

#[test]
fn an_id_that_the_key_cannot_see_is_the_channel_s_fault_and_not_the_message_s() {
    let body = r#"{"error":{"message":"Unsupported post request. Object with ID '1' does not exist","type":"GraphMethodException","code":100,"error_subcode":33}}"#;
    let trouble = refused(&answer(400, body), &[]);
    assert_eq!((trouble.cause, row(&trouble)), (Cause::InstanceMissing, Auth));
    assert_eq!(row(&refused(&refusal(400, 100), &[])), Perm, "a bad parameter stays one");
}
