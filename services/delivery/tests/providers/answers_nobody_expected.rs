//! Answers of other shapes than the providers describe, from each of them: what is known of the message afterwards is never
//! more than was said, and one message is one call.

use delivery::domain::causes::Cause;
use delivery::domain::class::RetryClass;
use delivery::domain::outcome::Outcome;
use delivery::providers::ChannelAccount;
use tokio::io::AsyncWriteExt;

use crate::server::{AMPLE, Server, all, channel, meta, read_request, send_through, socket, text, twilio};

/// A yes of each provider, compressed: a proxy did it although nobody asked.
const GZIPPED: &[u8] = &[
    31, 139, 8, 0, 0, 0, 0, 0, 2, 3, 171, 86, 202, 78, 173, 84, 178, 170, 86, 202, 76, 81, 178, 82, 50, 118,
    117, 50, 48, 85, 170, 173, 5, 0, 86, 12, 120, 219, 22, 0, 0, 0,
];

/// What a yes can look like without being one that can be read.
fn strange_yeses() -> Vec<(&'static str, Vec<u8>)> {
    [
        ("nothing", ""),
        ("a page", "<!doctype html><html><body>Welcome</body></html>"),
        ("a word", "OK"),
        ("null", "null"),
        ("a list", r#"[{"key":{"id":"3EB0"},"sid":"SM1","messages":[{"id":"w"}]}]"#),
        ("numbers for ids", r#"{"key":{"id":7},"sid":7,"messages":[{"id":7}]}"#),
        ("null for ids", r#"{"key":{"id":null},"sid":null,"messages":[{"id":null}]}"#),
        ("blanks for ids", r#"{"key":{"id":" "},"sid":" ","messages":[{"id":" "}]}"#),
        ("one level too deep", r#"{"data":{"key":{"id":"3EB0"},"sid":"SM1","messages":[{"id":"w"}]}}"#),
        ("only good will", r#"{"success":true,"status":"PENDING","messaging_product":"whatsapp"}"#),
        ("an error without a name", r#"{"error":true,"message":"x"}"#),
        ("cut in the middle", r#"{"key":{"id":"3EB0"},"sid":"SM1","messages":[{"id":"w"}"#),
        ("two at once", r#"{"key":{"id":"A"},"sid":"A","messages":[{"id":"A"}]}{"key":{"id":"B"}}"#),
        ("deep nesting", ""),
    ]
    .into_iter()
    .map(|(name, body)| {
        (name, if name == "deep nesting" { "[".repeat(100_000).into_bytes() } else { body.into() })
    })
    .chain([("compressed", GZIPPED.to_vec()), ("bytes", vec![0xff, 0xfe, 0x00, 0x80])])
    .collect()
}

async fn after(account: &ChannelAccount) -> (Outcome, Option<(Cause, &'static str)>) {
    let outcome = send_through(account, &text(), AMPLE).await;
    let trouble = outcome.trouble().map(|trouble| (trouble.cause, trouble.class().as_str()));
    (outcome, trouble)
}

#[tokio::test]
async fn a_yes_that_names_no_message_is_unknown_everywhere() {
    for (name, body) in strange_yeses() {
        for status in [200, 201, 202] {
            let body = body.clone();
            let server =
                Server::with(status, &[("content-type", "text/html"), ("content-encoding", "gzip")], body)
                    .await;
            for account in all(&server.base_url) {
                let (outcome, _) = after(&account).await;
                assert!(matches!(outcome, Outcome::Unknown(_)), "{name}, {status}, {account:?}: {outcome:?}");
            }
            assert_eq!(server.seen().len(), 3, "{name}: one message is one call");
        }
    }
}

#[tokio::test]
async fn a_yes_is_read_whatever_it_calls_itself() {
    let body = r#"{"new":{"a":[1]},"key":{"id":"yes","remoteJid":null},"sid":"yes","messages":[{"id":"yes","message_status":"held_for_quality_assessment"}],"contacts":null}"#;
    for headers in [&[("content-type", "text/plain")] as &[_], &[("content-type", "image/png")], &[]] {
        let server = Server::with(200, headers, body).await;
        for account in all(&server.base_url) {
            let (outcome, _) = after(&account).await;
            assert_eq!(outcome, Outcome::Accepted { provider_id: "yes".into() }, "{account:?}");
        }
    }
}

#[tokio::test]
async fn a_yes_in_chunks_that_end_too_early_is_unknown_and_a_no_in_such_chunks_is_tried_again() {
    for (head, is_yes) in [("201 Created", true), ("400 Bad Request", false)] {
        let cut = socket(move |mut stream| async move {
            read_request(&mut stream).await;
            let answer = format!(
                "HTTP/1.1 {head}\r\ntransfer-encoding: chunked\r\n\r\n40\r\n{{\"error\":{{\"code\":1310"
            );
            // The other side may be gone already.
            let _gone = stream.write_all(answer.as_bytes()).await;
        })
        .await;
        for account in all(&format!("http://{cut}")) {
            let (outcome, trouble) = after(&account).await;
            let unclear = is_yes || matches!(account, ChannelAccount::Evolution(_));
            assert_eq!(matches!(outcome, Outcome::Unknown(_)), unclear, "{head} {account:?}: {outcome:?}");
            if !unclear {
                assert_eq!(trouble, Some((Cause::Glitch, "retry")), "half a refusal gives nobody up");
            }
        }
    }
}

#[tokio::test]
async fn codes_are_found_in_all_their_spellings() {
    for body in [
        r#"{"error":{"code":"131056","message":null,"error_data":null,"is_transient":null,"fbtrace_id":7}}"#,
        r#"{"error":{"code":131056.0,"error_data":"{\"details\":\"x\"}","error_subcode":"2494055"}}"#,
        r#"{"error":{"code":131056,"error_data":{"details":["x"],"messaging_product":"whatsapp"},"error_user_msg":{}}}"#,
    ] {
        let server = Server::with(400, &[], body).await;
        let (_, trouble) = after(&meta(&server.base_url)).await;
        assert_eq!(trouble, Some((Cause::PairLimited, "rate")), "{body}");
    }
    for body in [r#"{"code":"63018","message":null,"status":"400"}"#, r#"{"code":63018.0,"message":["x"]}"#] {
        let server = Server::with(400, &[], body).await;
        let (_, trouble) = after(&twilio(&server.base_url)).await;
        assert_eq!(trouble, Some((Cause::RateLimited, "rate")), "{body}");
    }
    let texts = r#"{"status":"400","response":{"message":{"0":"Error: Connection Closed"}}}"#;
    let server = Server::with(400, &[], texts).await;
    let (_, trouble) = after(&channel(&server.base_url)).await;
    assert_eq!(
        trouble,
        Some((Cause::UnclearRefusal, "ambiguous")),
        "objects are not read, since they hold names"
    );
}

#[tokio::test]
async fn a_no_under_a_200_is_a_no_where_the_provider_says_which() {
    let body = r#"{"error":{"code":131047,"message":"Re-engagement message","error_data":{"details":"x"}}}"#;
    let server = Server::with(200, &[], body).await;
    let (outcome, trouble) = after(&meta(&server.base_url)).await;
    assert!(matches!(outcome, Outcome::Refused(_)));
    assert_eq!(trouble, Some((Cause::WindowClosed, "perm_template")));
}

#[tokio::test]
async fn what_twilio_takes_and_fails_in_one_breath_has_failed() {
    for (body, cause) in [
        (r#"{"sid":"SM1","status":"failed","error_code":63016,"error_message":"x"}"#, Cause::WindowClosed),
        (r#"{"sid":"SM1","status":"undelivered","error_code":"63024"}"#, Cause::Undeliverable),
        (r#"{"sid":"SM1","status":"failed","error_code":null}"#, Cause::Glitch),
        (r#"{"sid":"SM1","status":"canceled"}"#, Cause::Glitch),
    ] {
        let server = Server::with(201, &[], body).await;
        let (outcome, trouble) = after(&twilio(&server.base_url)).await;
        assert!(matches!(outcome, Outcome::Refused(_)), "no status would ever follow: {body}: {outcome:?}");
        assert_eq!(trouble.map(|(cause, _)| cause), Some(cause), "{body}");
    }
    for status in ["queued", "accepted", "scheduled", "sending", "sent", "something_new"] {
        let body = format!(r#"{{"sid":"SM1","status":"{status}","error_code":null}}"#);
        let server = Server::with(201, &[], body).await;
        let (outcome, _) = after(&twilio(&server.base_url)).await;
        assert_eq!(outcome, Outcome::Accepted { provider_id: "SM1".into() }, "{status}");
    }
}

#[tokio::test]
async fn a_page_that_says_no_is_tried_once_more_before_the_message_is_given_up() {
    let page = "<html><head><title>400 Bad Request</title></head></html>";
    let server = Server::with(400, &[("content-type", "text/html")], page).await;
    for account in [meta(&server.base_url), twilio(&server.base_url)] {
        let outcome = send_through(&account, &text(), AMPLE).await;
        let trouble = outcome.trouble().unwrap();
        assert_eq!((trouble.cause, trouble.class()), (Cause::Glitch, RetryClass::Retry), "{account:?}");
        assert!(trouble.cause.most_tries().is_some_and(|most| most <= 2));
    }
}
