use axum::http::Response;
use delivery::domain::causes::Cause;
use delivery::domain::ladder::Rung;
use delivery::domain::unknown::{Found, FoundMessage};
use delivery::providers::{Provider, Sought};
use jiff::Timestamp;
use serde_json::{Value, json};
use tokio::time::Instant;

use crate::server::{AMPLE, KEY, Seen, Server, TEXT, TO, channel, providers, response};

const SENT_AT: i64 = 1_772_461_005;

fn second(second: i64) -> Timestamp {
    Timestamp::from_second(second).unwrap()
}

fn sought() -> Sought {
    Sought {
        addresses: vec![TO.into()],
        text: TEXT.into(),
        from: second(SENT_AT - 5),
        until: second(SENT_AT + 85),
    }
}

fn record(id: &str, text: &str, at: i64, statuses: &[&str]) -> Value {
    json!({
        "id": "a-database-id",
        "key": {"id": id, "remoteJid": format!("{TO}@s.whatsapp.net"), "fromMe": true},
        "message": {"conversation": text},
        "messageType": "conversation",
        "messageTimestamp": at,
        "MessageUpdate": statuses.iter().map(|status| json!({"status": status})).collect::<Vec<_>>(),
    })
}

fn listed(records: &[Value], pages: u32) -> Response<axum::body::Body> {
    let page =
        json!({"messages": {"total": records.len(), "pages": pages, "currentPage": 1, "records": records}});
    response(200, &[], page.to_string())
}

async fn found_by(server: &Server, sought: &Sought) -> Found {
    providers().find(&channel(&server.base_url), sought, Instant::now() + AMPLE).await.unwrap()
}

fn ids(found: &Found) -> Vec<&str> {
    found.ours.iter().map(|found| found.provider_id.as_str()).collect()
}

#[tokio::test]
async fn by_chat_time_and_text() {
    let server = Server::answering(|_| {
        let mut from_them = record("THEIRS", TEXT, SENT_AT, &[]);
        from_them["key"]["fromMe"] = json!(false);
        let mut nulls = record("NULLS", TEXT, SENT_AT + 9, &[]);
        nulls["MessageUpdate"] = json!(null);
        let records = [
            nulls,
            record("READ", TEXT, SENT_AT + 3, &["SERVER_ACK", "READ", "DELIVERY_ACK"]),
            record("OTHER", "Something else", SENT_AT + 2, &[]),
            from_them,
            json!({"unreadable": true}),
            record("PENDING", TEXT, SENT_AT, &["PENDING"]),
        ];
        listed(&records, 1)
    })
    .await;

    let found = found_by(&server, &sought()).await;
    assert_eq!(ids(&found), ["PENDING", "READ", "NULLS"], "earliest first");
    assert_eq!(
        found.ours[0],
        FoundMessage { provider_id: "PENDING".into(), at: second(SENT_AT), rung: Rung::Sent }
    );
    assert_eq!(found.ours[1].rung, Rung::Read);

    let seen = server.seen();
    assert_eq!(seen.len(), 1);
    assert_eq!(seen[0].uri.path(), "/chat/findMessages/harbour-dental");
    assert_eq!(seen[0].headers["apikey"], KEY);
    assert_eq!(
        seen[0].json(),
        json!({
            "where": {
                "key": {"remoteJid": format!("{TO}@s.whatsapp.net"), "fromMe": true},
                "messageTimestamp": {"gte": "2026-03-02T14:16:10Z", "lte": "2026-03-02T14:18:40Z"},
            },
            "page": 1,
            "offset": 20,
        })
    );
}

#[tokio::test]
async fn under_every_address_and_on_every_page() {
    let server = Server::answering(|seen: &Seen| {
        let query = seen.json();
        let lid = query["where"]["key"]["remoteJid"] == "218830041177123@lid";
        match (lid, query["page"].as_i64()) {
            (false, _) => listed(&[], 0),
            (true, Some(1)) => listed(&[record("NEWER", TEXT, SENT_AT + 1, &[])], 2),
            (true, _) => {
                listed(&[record("OLDER", TEXT, SENT_AT, &[]), record("NEWER", TEXT, SENT_AT + 1, &[])], 2)
            }
        }
    })
    .await;
    let mut sought = sought();
    sought.addresses.extend(["not an address".to_owned(), "218830041177123@lid".to_owned()]);
    let found = found_by(&server, &sought).await;
    assert_eq!(ids(&found), ["OLDER", "NEWER"]);
    assert!(found.keeps_list);
    assert_eq!(server.seen().len(), 3);
}

#[tokio::test]
async fn finding_none_counts_only_where_the_chat_is_listed_at_all() {
    for keeps_list in [true, false] {
        let server = Server::answering(move |seen: &Seen| {
            let query = seen.json();
            let about_us = query["where"]["key"].get("fromMe").is_some();
            let theirs = record("THEIRS", "Do you have time on Thursday?", SENT_AT - 60, &[]);
            if keeps_list && !about_us { listed(&[theirs], 1) } else { listed(&[], 0) }
        })
        .await;
        assert_eq!(found_by(&server, &sought()).await, Found { ours: Vec::new(), keeps_list });
        let seen = server.seen();
        let last = seen.last().unwrap().json();
        assert_eq!(last["where"]["messageTimestamp"]["gte"], "2026-03-01T14:16:40Z", "a day back");
        assert_eq!((&last["page"], &last["offset"]), (&json!(1), &json!(1)));
    }
}

#[tokio::test]
async fn a_list_without_end_is_left_after_some_pages() {
    let server = Server::answering(|_| listed(&[], 1_000_000)).await;
    assert!(found_by(&server, &sought()).await.ours.is_empty());
    assert_eq!(server.seen().len(), 5 + 1);
}

#[tokio::test]
async fn not_having_looked_is_not_having_found_none() {
    for (status, body, cause) in [
        (401, "", Cause::KeyRefused),
        (503, r#"{"code":"LICENSE_REQUIRED"}"#, Cause::LicenceRequired),
        (200, "<html>", Cause::UnreadableAnswer),
        (200, r#"{"error":true,"message":"no"}"#, Cause::UnreadableAnswer),
    ] {
        let server = Server::with(status, &[], body).await;
        let found = providers().find(&channel(&server.base_url), &sought(), Instant::now() + AMPLE).await;
        assert_eq!(found.unwrap_err().cause, cause, "{status} {body}");
    }
}
