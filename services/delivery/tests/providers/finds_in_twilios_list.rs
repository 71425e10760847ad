use delivery::domain::causes::Cause;
use delivery::domain::ladder::Rung;
use delivery::domain::unknown::Found;
use delivery::providers::{Provider, Sought};
use jiff::Timestamp;
use serde_json::{Value, json};
use tokio::time::Instant;

use crate::server::{AMPLE, Server, TEXT, meta, providers, twilio};

/// Mon, 02 Mar 2026 14:20:31 +0000
const CREATED: i64 = 1_772_461_231;

fn second(second: i64) -> Timestamp {
    Timestamp::from_second(second).unwrap()
}

fn sought() -> Sought {
    Sought {
        addresses: vec!["whatsapp:+447700900123".into()],
        text: TEXT.into(),
        from: second(CREATED - 2),
        until: second(CREATED + 88),
    }
}

/// A message of the list, created so many seconds after the one that is sought.
fn message(sid: &str, body: &str, after: i64) -> Value {
    let created = jiff::fmt::rfc2822::to_string(
        &second(CREATED + after).to_zoned(jiff::tz::TimeZone::fixed(jiff::tz::Offset::UTC)),
    );
    json!({"sid": sid, "body": body, "direction": "outbound-api", "status": "delivered",
           "date_created": created.unwrap(), "date_sent": null})
}

async fn found_in(messages: Vec<Value>) -> (Found, Server) {
    let server = Server::with(200, &[], json!({"messages": messages}).to_string()).await;
    let found = providers().find(&twilio(&server.base_url), &sought(), Instant::now() + AMPLE).await.unwrap();
    (found, server)
}

fn ids(found: &Found) -> Vec<&str> {
    found.ours.iter().map(|found| found.provider_id.as_str()).collect()
}

#[tokio::test]
async fn by_recipient_time_and_text() {
    let mut theirs = message("SM5", TEXT, 0);
    theirs["direction"] = json!("inbound");
    let mut queued = message("SM2", TEXT, 5);
    queued["status"] = json!("queued");
    let (found, server) = found_in(vec![
        queued,
        message("SM1", TEXT, 0),
        message("SM3", "Something else", 1),
        message("SM4", TEXT, -3600),
        theirs,
    ])
    .await;
    assert_eq!(ids(&found), ["SM1", "SM2"]);
    assert_eq!((found.ours[0].rung, found.ours[1].rung), (Rung::Delivered, Rung::Sent));
    assert_eq!(found.ours[0].at, second(CREATED));
    assert!(found.keeps_list);
    let query = server.seen()[0].uri.query().unwrap().to_owned();
    // Not by the date it was sent: what still waits at Twilio has none.
    assert_eq!(query, "To=whatsapp%3A%2B447700900123&From=whatsapp%3A%2B447700900300&PageSize=20");
}

#[tokio::test]
async fn not_being_there_says_something_only_where_everything_is_seen() {
    let earlier = || message("SM1", "Earlier", -3600);
    let (found, _) = found_in(vec![earlier()]).await;
    assert!(found.ours.is_empty() && found.keeps_list);
    let (found, _) = found_in(Vec::new()).await;
    assert!(!found.keeps_list, "the number may be filed in another spelling");
    let (found, _) = found_in(vec![message("SM2", "", 1), earlier()]).await;
    assert!(!found.keeps_list, "a text that was taken out may have been ours");
    let full = (0..20).map(|n| message(&format!("SM{n}"), "Something else", n)).collect();
    let (found, _) = found_in(full).await;
    assert!(!found.keeps_list, "what is older than the page is not seen");
}

#[tokio::test]
async fn not_having_looked_is_not_having_found_none() {
    for (status, body, cause) in [
        (401, include_str!("../fixtures/twilio/twilio-401-20003.json"), Cause::KeyRefused),
        (200, "<html>", Cause::UnreadableAnswer),
        (500, "", Cause::UnclearRefusal),
    ] {
        let server = Server::with(status, &[], body).await;
        let found = providers().find(&twilio(&server.base_url), &sought(), Instant::now() + AMPLE).await;
        assert_eq!(found.unwrap_err().cause, cause, "{status}");
    }
}

#[tokio::test]
async fn meta_has_no_list_and_is_not_asked() {
    let server = Server::with(200, &[], "{}").await;
    let found = providers().find(&meta(&server.base_url), &sought(), Instant::now() + AMPLE).await;
    assert_eq!(found, Ok(Found::default()));
    assert_eq!(server.seen().len(), 0);
}
