use reqwest::header::{ACCEPT, CONTENT_TYPE};

use crate::support::front::{Front, OPERATOR_TOKEN};

/// Content type and text of an answer.
async fn get(front: &Front, path: &str, token: &str, accept: &str) -> (u16, String, String) {
    let url = format!("http://{}{path}", front.addresses.http);
    let answer = front.http.get(url).bearer_auth(token).header(ACCEPT, accept).send().await.unwrap();
    let kind =
        answer.headers().get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default().to_owned();
    (answer.status().as_u16(), kind, answer.text().await.unwrap())
}

#[tokio::test]
async fn in_json_or_as_text() {
    let front = Front::start().await;
    for (path, accept, expected) in [
        ("/wa-webhook/metrics", "*/*", "application/json"),
        ("/wa-webhook/metrics", "text/plain", "text/plain"),
        ("/metrics", "*/*", "text/plain"),
        ("/metrics", "application/json", "application/json"),
    ] {
        let (status, kind, _) = get(&front, path, OPERATOR_TOKEN, accept).await;
        assert!(status == 200 && kind.starts_with(expected), "{path} for {accept}: {status} {kind}");
    }
    assert_eq!(get(&front, "/metrics", "a guess", "*/*").await.0, 401, "the port is open to the world");
}

#[tokio::test]
async fn and_nothing_but_webhooks_where_that_is_wished() {
    let front = Front::with(&[("ingest.front_door", "false")]).await;
    assert_eq!(get(&front, "/metrics", OPERATOR_TOKEN, "*/*").await.0, 404);
    assert_eq!(get(&front, "/wa-webhook/health", "", "*/*").await.0, 200);
}
