//! Every row of Twilio's table of codes, with the class it must end in.

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
    /// A limit of a day: the door closes, and one message an hour asks whether it is over.
    Quota,
    Ambig,
}

use Row::{Ambig, Auth, Perm, PermTemplate, Quota, Rate, Retry};

const TO: &str = "whatsapp:+447700900123";
const AMERICAN: &str = "whatsapp:+12025550123";

fn row(trouble: &Trouble) -> Row {
    match trouble.class() {
        RetryClass::Retry => Retry,
        RetryClass::Rate { wait, scope } => Rate(wait.as_secs(), scope),
        RetryClass::Perm => Perm,
        RetryClass::PermTemplate => PermTemplate,
        RetryClass::Auth { .. } if trouble.cause == Cause::QuotaUsedUp => Quota,
        RetryClass::Auth { .. } => Auth,
        RetryClass::Ambiguous => Ambig,
    }
}

fn answer(status: u16, body: &str) -> Answer {
    Answer { status, retry_after: None, body: Some(body.to_owned().into()) }
}

fn refusal(status: u16, code: i64) -> Answer {
    answer(status, &format!(r#"{{"code":{code},"message":"no","more_info":"","status":{status}}}"#))
}

const TABLE: &[(&[i64], u16, Row)] = &[
    (&[20_003], 401, Auth),
    (&[20_404], 404, Auth),
    (&[20_429], 429, Rate(1, Scope::Channel)),
    (&[21_211], 400, Perm),
    (&[21_608, 21_609], 400, Auth),
    (&[21_610], 400, Perm),
    (&[21_611], 400, Rate(120, Scope::Channel)),
    (&[21_617, 21_658, 21_619, 21_654, 21_655, 21_656], 400, Perm),
    (&[30_001, 30_008], 400, Retry),
    (&[63_001], 400, Auth),
    (&[63_002, 63_003, 63_005, 63_006], 400, Perm),
    (&[63_007, 63_008], 400, Auth),
    (&[63_010, 63_012], 400, Retry),
    (&[63_013], 400, Perm),
    (&[63_016], 400, PermTemplate),
    (&[63_017], 400, Rate(60, Scope::Account)),
    (&[63_018], 400, Rate(600, Scope::Channel)),
    (&[63_019], 400, Retry),
    (&[63_020, 63_022], 400, Auth),
    (&[63_021, 63_030], 400, Perm),
    (&[63_023], 400, Retry),
    (&[63_024, 63_025, 63_027, 63_028, 63_029, 63_032], 400, Perm),
    (&[63_038], 400, Quota),
    (&[63_049], 400, Rate(86_400, Scope::Recipient)),
    (&[63_062], 400, Auth),
    (&[63_119], 400, Rate(60, Scope::Channel)),
];

#[test]
fn every_code_of_the_table_at_once_and_after_the_fact() {
    for (codes, status, expected) in TABLE {
        for code in *codes {
            let trouble = refused(&refusal(*status, *code), TO, &[]);
            assert_eq!(row(&trouble), *expected, "{code}");
            assert_eq!(trouble.code, Some(code.to_string()));
            assert_eq!(row(&failed(&code.to_string(), TO)), *expected, "{code}");
        }
    }
    assert_eq!(failed("99999", TO).cause, Cause::UnknownRefusal);
    assert_eq!(failed("canceled", TO).cause, Cause::Glitch);
}

#[test]
fn its_own_failures_leave_open_whether_it_was_sent() {
    for (status, code) in [(500, 20_500), (503, 20_503), (400, 20_503)] {
        assert_eq!(row(&refused(&refusal(status, code), TO, &[])), Ambig, "{code}");
        assert_eq!(row(&failed(&code.to_string(), TO)), Retry, "{code} after the fact");
    }
}

#[test]
fn marketing_is_held_back_in_most_countries_and_excluded_in_one() {
    assert_eq!(failed("63049", TO).cause, Cause::HeldBack);
    assert_eq!(failed("63049", AMERICAN).cause, Cause::Excluded);
}

#[test]
fn samples_of_real_shape() {
    macro_rules! sample {
        ($name:literal) => {
            include_str!(concat!("../../../../tests/fixtures/twilio/twilio-", $name, ".json"))
        };
    }
    let sid = "SM60718293a4b5c6d7e8f90a1b2c3d4e5f";
    let created = sent(&answer(201, sample!("create-201")), TO, &[]);
    assert_eq!(created, Outcome::Accepted { provider_id: sid.into() });
    for (status, body, cause) in [
        (401, sample!("401-20003"), Cause::KeyRefused),
        (400, sample!("400-21211"), Cause::InvalidAddress),
        (400, sample!("400-63007"), Cause::SenderNotReady),
    ] {
        assert_eq!(refused(&answer(status, body), TO, &[]).cause, cause);
    }
    let invalid = refused(&answer(400, sample!("400-21211")), TO, &[]);
    assert_eq!(invalid.words, "Invalid 'To' Phone Number: whatsapp:+[…]");
}

#[test]
fn what_no_code_explains_falls_to_a_safe_class() {
    for (status, body, expected) in [
        (201, "", Ambig),
        (201, "{}", Ambig),
        (201, r#"{"sid":""}"#, Ambig),
        (200, r#"{"code":21610,"message":"odd"}"#, Ambig),
        (400, r#"{"code":99999,"message":"new"}"#, Perm),
        (404, r#"{"code":99999,"message":"new"}"#, Perm),
        (500, r#"{"code":20500,"message":"Internal Server Error"}"#, Ambig),
        (302, "", Auth),
        (400, "<html>", Retry),
        (401, "", Auth),
        (403, "", Auth),
        (404, "404 page not found", Auth),
        (408, "", Ambig),
        (413, "", Perm),
        (429, "", Rate(1, Scope::Channel)),
        (500, "", Ambig),
        (502, "", Ambig),
        (503, "", Ambig),
        (504, "", Ambig),
    ] {
        assert_eq!(row(&refused(&answer(status, body), TO, &[])), expected, "{status} {body}");
    }
}

#[test]
fn a_wait_the_answer_asks_for_counts_when_it_is_longer() {
    let limited = Answer { retry_after: Some(Duration::from_secs(7)), ..refusal(429, 20_429) };
    assert_eq!(row(&refused(&limited, TO, &[])), Rate(7, Scope::Channel));
    let impatient = Answer { retry_after: Some(Duration::from_secs(7)), ..refusal(400, 21_611) };
    assert_eq!(row(&refused(&impatient, TO, &[])), Rate(120, Scope::Channel));
}
