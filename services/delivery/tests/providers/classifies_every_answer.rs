use std::time::Duration;

use delivery::domain::causes::Cause;
use delivery::domain::class::{RetryClass, Scope};
use delivery::domain::door::Why;
use delivery::domain::outcome::Outcome;

use crate::server::{AMPLE, KEY, Server, TEXT, TO, send_within};

/// What an answer must yield.
enum Expected {
    Id(&'static str),
    Class(Cause, RetryClass),
}

use Expected::{Class, Id};

struct Row {
    name: &'static str,
    status: u16,
    headers: &'static [(&'static str, &'static str)],
    body: &'static str,
    expected: Expected,
}

const fn row(name: &'static str, status: u16, body: &'static str, expected: Expected) -> Row {
    Row { name, status, headers: &[], body, expected }
}

const fn auth(cause: Cause) -> Expected {
    Class(cause, RetryClass::Auth { door: Why::Credentials(cause) })
}

const fn rate(seconds: u64) -> Expected {
    Class(Cause::RateLimited, RetryClass::Rate { wait: Duration::from_secs(seconds), scope: Scope::Channel })
}

const UNREADABLE: Expected = Class(Cause::UnreadableAnswer, RetryClass::Ambiguous);
const UNCLEAR: Expected = Class(Cause::UnclearRefusal, RetryClass::Ambiguous);
const SILENT_GATEWAY: Expected = Class(Cause::GatewayTimeout, RetryClass::Ambiguous);
const MALFORMED: Expected = Class(Cause::InvalidRequest, RetryClass::Perm);
const CLOSED: Expected = Class(Cause::ConnectionClosed, RetryClass::Retry);
const NOT_LOADED: Expected = Class(Cause::InstanceNotLoaded, RetryClass::Retry);
const FAILED_BEFORE: Expected = Class(Cause::ProviderError, RetryClass::Retry);
const AWAY: Expected = Class(Cause::Unavailable, RetryClass::Retry);

fn table() -> Vec<Row> {
    macro_rules! fixture {
        ($name:literal) => {
            include_str!(concat!("../fixtures/evolution/evolution-", $name, ".json"))
        };
    }
    vec![
        // Files of real shape.
        row("sent", 201, fixture!("sendtext-201"), Id("3EB0A1B2C3D4E5F6071829")),
        row("schema", 400, fixture!("400-schema"), MALFORMED),
        row("connection closed", 400, fixture!("400-connection-closed"), CLOSED),
        row("key", 401, fixture!("401"), auth(Cause::KeyRefused)),
        row("instance", 404, fixture!("404-instance"), auth(Cause::InstanceMissing)),
        // Successes, and what only looks like one.
        row("sent, other success code", 200, r#"{"key":{"id":"3EB0"},"status":"PENDING"}"#, Id("3EB0")),
        row("201 without body", 201, "", UNREADABLE),
        row("201 with an empty object", 201, "{}", UNREADABLE),
        row("201 with an empty id", 201, r#"{"key":{"id":""}}"#, UNREADABLE),
        row("201 with an id nobody could store", 201, r#"{"key":{"id":"3EB0\u0000"}}"#, UNREADABLE),
        row("201 with a page of a proxy", 201, "<html>welcome</html>", UNREADABLE),
        row("200 with error", 200, r#"{"error":true,"message":"something"}"#, UNREADABLE),
        row("200 with error, closed", 200, r#"{"error":true,"message":"Connection Closed"}"#, CLOSED),
        row("204", 204, "", UNREADABLE),
        // 400
        row(
            "not on WhatsApp",
            400,
            r#"{"status":400,"error":"Bad Request","response":{"message":[{"jid":"447700900123@s.whatsapp.net","exists":false,"number":"447700900123"}]}}"#,
            Class(Cause::NotOnWhatsApp, RetryClass::Perm),
        ),
        row("sentence", 400, r#"{"response":{"message":["Text is required"]}}"#, MALFORMED),
        row(
            "sentence of a schema",
            400,
            r#"{"response":{"message":[["The \"id\" cannot be empty"]]}}"#,
            MALFORMED,
        ),
        row("description of a schema", 400, r#"{"response":{"message":[["Invalid format"]]}}"#, MALFORMED),
        row("error of the send step", 400, r#"{"response":{"message":["Error: Timed Out"]}}"#, UNCLEAR),
        row(
            "error after sending",
            400,
            r#"{"response":{"message":["PrismaClientKnownRequestError: Argument is required"]}}"#,
            UNCLEAR,
        ),
        row(
            "defect of the send step",
            400,
            r#"{"response":{"message":["TypeError: Cannot read properties of undefined (reading 'key')"]}}"#,
            UNCLEAR,
        ),
        row("error without words", 400, r#"{"response":{"message":["[object Object]"]}}"#, UNCLEAR),
        row("message is a text", 400, r#"{"response":{"message":"Error: Connection Closed"}}"#, CLOSED),
        row("400 of a proxy", 400, "<html>400 Bad Request</html>", UNCLEAR),
        row("400 without body", 400, "", UNCLEAR),
        // The rest of the fours
        row("401 of a proxy", 401, "", auth(Cause::KeyRefused)),
        row("403", 403, "Forbidden", auth(Cause::Forbidden)),
        row("402", 402, "", auth(Cause::Forbidden)),
        row("404 of a proxy", 404, "404 page not found", auth(Cause::WrongAddress)),
        row(
            "404 of the router",
            404,
            r#"{"response":{"message":["Cannot POST /x"]}}"#,
            auth(Cause::WrongAddress),
        ),
        row("405", 405, "", auth(Cause::WrongAddress)),
        row("408 of a proxy", 408, "", UNCLEAR),
        row("413", 413, "", Class(Cause::TooLarge, RetryClass::Perm)),
        row("422", 422, "", MALFORMED),
        Row { headers: &[("retry-after", "7")], ..row("429 with seconds", 429, "", rate(7)) },
        Row {
            headers: &[
                ("date", "Mon, 02 Mar 2026 12:00:00 GMT"),
                ("retry-after", "Mon, 02 Mar 2026 12:00:30 GMT"),
            ],
            ..row("429 with a date", 429, "", rate(30))
        },
        row("429 without a time", 429, "", rate(1)),
        Row { headers: &[("retry-after", "0")], ..row("429 at once", 429, "", rate(1)) },
        // A redirect would turn the message into something else.
        Row { headers: &[("location", "/elsewhere")], ..row("302", 302, "", auth(Cause::WrongAddress)) },
        Row { headers: &[("location", "/elsewhere")], ..row("308", 308, "", auth(Cause::WrongAddress)) },
        // Fives
        row("500 closed", 500, r#"{"response":{"message":"Connection Closed"}}"#, CLOSED),
        row("500 closed, listed", 500, r#"{"response":{"message":["Error: Connection Closed"]}}"#, CLOSED),
        row(
            "500 not loaded",
            500,
            r#"{"status":500,"error":"Internal Server Error","response":{"message":"Cannot read properties of undefined (reading 'textMessage')"}}"#,
            NOT_LOADED,
        ),
        row("500 of the existence check", 500, r#"{"response":{"message":"Timed Out"}}"#, FAILED_BEFORE),
        row(
            "500 of a guard",
            500,
            r#"{"status":500,"error":"Internal Server Error","response":{"message":"Invalid `prisma.instance.findFirst()`"}}"#,
            FAILED_BEFORE,
        ),
        // Not the server's own words about what comes before the send step: nobody knows how far it came.
        row("500 with a wrapped error", 500, r#"{"response":{"message":["Error: Timed Out"]}}"#, UNCLEAR),
        row("500 of the writer", 500, r#"{"response":{"message":"TypeError: not serialisable"}}"#, UNCLEAR),
        row("500 without body", 500, "", SILENT_GATEWAY),
        row("500 of a proxy", 500, "<html>500 Internal Server Error</html>", SILENT_GATEWAY),
        row("502", 502, "<html>Bad Gateway</html>", AWAY),
        row("503", 503, "", AWAY),
        row(
            "503 licence",
            503,
            r#"{"error":"service not activated","code":"LICENSE_REQUIRED","register_url":"https://example.test","instance_id":"x","message":"activate"}"#,
            Class(Cause::LicenceRequired, RetryClass::Auth { door: Why::LicenceRequired }),
        ),
        row("504", 504, "", SILENT_GATEWAY),
        row("520", 520, "", SILENT_GATEWAY),
    ]
}

#[tokio::test]
async fn every_row_of_the_error_table() {
    for Row { name, status, headers, body, expected } in table() {
        let server = Server::with(status, headers, body).await;
        let outcome = send_within(&server.base_url, AMPLE).await;
        assert_eq!(server.seen().len(), 1, "{name}: one message is one call");
        match (expected, outcome) {
            (Id(id), Outcome::Accepted { provider_id }) => assert_eq!(provider_id, id, "{name}"),
            (Class(cause, class), Outcome::Refused(trouble) | Outcome::Unknown(trouble)) => {
                assert_eq!((trouble.cause, trouble.class()), (cause, class), "{name}");
                assert_eq!(trouble.code, Some(status.to_string()), "{name}");
            }
            (_, outcome) => unreachable!("{name}: {outcome:?}"),
        }
    }
}

#[tokio::test]
async fn an_ambiguous_answer_is_an_unknown_outcome_and_a_clear_one_a_refusal() {
    for Row { name, status, headers, body, .. } in table() {
        let server = Server::with(status, headers, body).await;
        let outcome = send_within(&server.base_url, AMPLE).await;
        let ambiguous = outcome.trouble().is_some_and(|trouble| trouble.class() == RetryClass::Ambiguous);
        assert_eq!(matches!(outcome, Outcome::Unknown(_)), ambiguous, "{name}");
        assert!(!matches!(outcome, Outcome::NotSent(_)), "{name}: the request did leave");
    }
}

#[tokio::test]
async fn a_provider_that_is_away_may_say_for_how_long() {
    let server = Server::with(503, &[("retry-after", "120")], "").await;
    let outcome = send_within(&server.base_url, AMPLE).await;
    assert_eq!(outcome.trouble().unwrap().retry_after, Some(Duration::from_secs(120)));
}

#[tokio::test]
async fn what_is_kept_of_an_answer_holds_no_text_no_number_and_no_key() {
    let body = format!(
        r#"{{"response":{{"message":["Error: {TO}@s.whatsapp.net: {TEXT} {KEY} (code 428)",{{"name":"Ada"}}]}}}}"#
    );
    let server = Server::with(400, &[], body).await;
    let outcome = send_within(&server.base_url, AMPLE).await;
    let words = &outcome.trouble().unwrap().words;
    assert_eq!(words, "Error: […]@s.whatsapp.net: […] […] (code 428)");
}
