use std::time::Duration;

use anyhow::Context;
use e2e::{INSTANCE, Stack};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

const SOON: Duration = Duration::from_secs(20);

/// A request to the port of the webhooks.
async fn ask(
    stack: &Stack,
    method: Method,
    path: &str,
    body: Option<Value>,
) -> anyhow::Result<(StatusCode, Value)> {
    let url = format!("http://{}{path}", stack.doors.webhooks);
    let request = reqwest::Client::new().request(method, url).bearer_auth(stack.token);
    let request = if let Some(body) = body { request.json(&body) } else { request };
    let answer = request.send().await?;
    Ok((answer.status(), answer.json().await.unwrap_or_default()))
}

#[tokio::test(flavor = "multi_thread")]
async fn finds_all_on_one_port_and_what_was_queued_is_sent() -> anyhow::Result<()> {
    let stack = Stack::start().await?;
    everything_is_on_one_port(&stack).await?;
    queued_rows_are_taken_over(&stack).await
}

/// The recipe of the document for them, as it stands there.
async fn queued_rows_are_taken_over(stack: &Stack) -> anyhow::Result<()> {
    const DOCUMENT: &str = include_str!("../../../../docs/migrating.md");
    let (_, after) = DOCUMENT.split_once("```sql run\n").context("no recipe")?;
    let (recipe, _) = after.split_once("```").context("the recipe has no end")?;
    let rows = stack.rows().await?;
    sqlx::raw_sql(
        "create table outbox_messages (id bigint primary key, to_number text, body text, status text, created_at timestamptz);
         insert into outbox_messages values
             (1, '+44 7700 973011', 'The first of two.', 'queued', now() - interval '2 minutes'),
             (2, '+44 7700 973011', 'The second.', 'queued', now() - interval '1 minute'),
             (3, '447700973012', 'To somebody else.', 'queued', now()),
             (4, '447700973012', 'It was sent.', 'sent', now())",
    )
    .execute(&rows)
    .await?;
    for outcome in ["queued", "duplicate"] {
        let told: Vec<(String, i64)> = sqlx::query_as(sqlx::AssertSqlSafe(recipe)).fetch_all(&rows).await?;
        assert_eq!(told, [(outcome.to_owned(), 3)]);
    }
    let sent = stack.hears("447700973011", 2, SOON).await?;
    assert_eq!(sent, ["The first of two.", "The second."]);
    assert_eq!(stack.hears("447700973012", 1, SOON).await?, ["To somebody else."]);
    Ok(())
}

/// What the old systems had on their one port is on ours, answered by those who own it and by their rules.
async fn everything_is_on_one_port(stack: &Stack) -> anyhow::Result<()> {
    for (path, field) in [
        ("/health", "status"),
        ("/wa-webhook/health", "status"),
        ("/wa-webhook/metrics", "frontdesk_ingest_webhooks_total"),
        ("/api/queue/stats", "waiting"),
        ("/admin/streams/health", "queue_depth"),
    ] {
        let (status, body) = ask(stack, Method::GET, path, None).await?;
        assert!(status == 200 && !body[field].is_null(), "{path}: {status} {body}");
    }
    assert_eq!(ask(stack, Method::GET, "/metrics", None).await?.0, 200);
    let (status, woken) = ask(stack, Method::POST, "/api/webhooks/outbox-trigger", None).await?;
    assert!(status == 200 && woken["waiting"] == 0, "{status} {woken}");
    let change = json!({ "channel": INSTANCE, "expected_count": 0, "dry_run": true, "reason": "to see" });
    let (status, seen) = ask(stack, Method::POST, "/admin/streams/reset-to-latest", Some(change)).await?;
    assert!(status == 200 && seen["dry_run"] == true, "{status} {seen}");

    let message =
        json!({ "tenant": "harbour-dental", "channel": INSTANCE, "to": "+447700973001", "text": "Ready." });
    let (status, made) = ask(stack, Method::POST, "/api/messages", Some(message)).await?;
    assert_eq!(status, 201, "{made}");
    stack.hears("447700973001", 1, SOON).await?;

    let starts_at: String = sqlx::query_scalar(
        "select to_char(date_trunc('hour', now() at time zone 'utc') + interval '30 hours', 'YYYY-MM-DD\"T\"HH24:00:00\"Z\"')",
    )
    .fetch_one(&stack.rows().await?)
    .await?;
    let booking = json!({ "customerName": "Sam Doe", "customerPhone": "+447700973002", "serviceId": "check-up",
        "barberId": "ana", "scheduledTime": starts_at });
    let (status, booked) = ask(stack, Method::POST, "/api/bookings", Some(booking)).await?;
    assert_eq!((status, &booked["status"]), (StatusCode::CREATED, &json!("confirmed")), "{booked}");
    // The business reminds three seconds after it was booked.
    let heard = stack.hears("447700973002", 1, SOON).await?;
    assert!(heard[0].contains("reminder"), "{heard:?}");

    // A wrong token is refused, and what nobody answers for is no address.
    let url = format!("http://{}/api/messages", stack.doors.webhooks);
    let refused = reqwest::Client::new().post(url).bearer_auth("a guess").send().await?;
    assert_eq!(refused.status(), 401);
    let (status, nowhere) = ask(stack, Method::GET, "/api/nothing", None).await?;
    assert!(status == 404 && nowhere["error"].is_string(), "{nowhere}");
    Ok(())
}
