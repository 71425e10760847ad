use std::time::Duration;

use axum::routing::{get, post};
use axum::{Extension, Router};
use reqwest::{RequestBuilder, StatusCode};
use rpc::{Caller, Failure, Json, Role, Violation, Web};
use runtime::Lifecycle;
use serde_json::{Value, json};
use tokio::sync::watch;

use crate::auth;

const LONG: Duration = Duration::from_secs(20);

/// A port with one route for each way to answer.
async fn port(lifecycle: &Lifecycle, gate: watch::Receiver<bool>) -> anyhow::Result<String> {
    let violation =
        || Violation { field: "to".into(), problem: "is no number".into(), remedy: "give one".into() };
    let wait = async move || drop(gate.clone().wait_for(|open| *open).await);
    let routes = Router::new()
        .route(
            "/read",
            get(async |Extension(caller): Extension<Caller>| {
                caller.may(Role::Viewer).map(|()| caller.role.to_string())
            }),
        )
        .route(
            "/repair",
            post(async |Extension(caller): Extension<Caller>, Json(body): Json<Vec<u8>>| {
                caller.may(Role::Operator).map(|()| body.len().to_string())
            }),
        )
        .route(
            "/invalid",
            get(async move || -> Result<(), Failure> { Err(Failure::all_invalid(vec![violation()])) }),
        )
        .route(
            "/busy",
            get(async || -> Result<(), Failure> {
                Err(Failure::unavailable("it is away", "ask again").retry_after(Duration::from_secs(7)))
            }),
        )
        .route(
            "/ours",
            get(async || -> Result<(), Failure> {
                Err(Failure::internal(std::io::Error::other("the table of secrets is broken")))
            }),
        )
        .route("/wait", get(wait));
    let bound = Web::new("127.0.0.1:0".parse()?, &auth()).with_routes(routes).body_limit(64);
    Ok(format!("http://{}", bound.serve(lifecycle.clone()).await?))
}

async fn open() -> anyhow::Result<String> {
    port(&Lifecycle::new(), watch::channel(true).1).await
}

/// Status and body of an answer; a failure must be problem details.
async fn ask(request: RequestBuilder) -> anyhow::Result<(u16, Value)> {
    let answer = request.send().await?;
    let status = answer.status();
    let kind = answer
        .headers()
        .get("content-type")
        .and_then(|kind| kind.to_str().ok())
        .unwrap_or_default()
        .to_owned();
    if status.is_success() {
        return Ok((status.as_u16(), Value::String(answer.text().await?)));
    }
    anyhow::ensure!(kind == "application/problem+json", "{status} as {kind}");
    let body: Value = answer.json().await?;
    anyhow::ensure!(body["status"] == status.as_u16(), "{body}");
    Ok((status.as_u16(), body))
}

#[tokio::test]
async fn tokens_and_roles() -> anyhow::Result<()> {
    testkit::install_tls();
    let (url, client) = (open().await?, reqwest::Client::new());
    let (status, body) = ask(client.get(format!("{url}/read"))).await?;
    assert_eq!((status, &body["reason"]), (401, &json!("TOKEN_MISSING")));
    let (status, body) = ask(client.get(format!("{url}/read")).bearer_auth("viewer-toke")).await?;
    assert_eq!((status, &body["type"]), (401, &json!("urn:frontdesk:problem:token-unknown")));
    assert_eq!(
        ask(client.get(format!("{url}/read")).bearer_auth("viewer-token")).await?,
        (200, json!("viewer"))
    );

    let repair = |token| client.post(format!("{url}/repair")).bearer_auth(token).body("[1, 2]");
    let (status, body) = ask(repair("viewer-token")).await?;
    assert_eq!(
        (status, &body["reason"], &body["needs"]),
        (403, &json!("ROLE_INSUFFICIENT"), &json!("operator"))
    );
    assert_eq!(ask(repair("service-token")).await?, (200, json!("2")));
    Ok(())
}

#[tokio::test]
async fn failures_say_what_is_wrong_and_what_to_do() -> anyhow::Result<()> {
    testkit::install_tls();
    let (url, client) = (open().await?, reqwest::Client::new());
    let get = |path: &str| client.get(format!("{url}{path}")).bearer_auth("operator-token");
    let (status, body) = ask(get("/invalid")).await?;
    assert_eq!(status, 400);
    assert_eq!(body["errors"], json!([{"field": "to", "problem": "is no number", "remedy": "give one"}]));
    assert_eq!(body["detail"], "to is no number; give one");
    let (status, body) = ask(get("/ours")).await?;
    assert_eq!(status, 500);
    assert!(!body.to_string().contains("secrets") && body["reference"].is_string(), "{body}");
    let busy = get("/busy").send().await?;
    assert_eq!(
        (busy.status(), busy.headers()["retry-after"].to_str()?),
        (StatusCode::SERVICE_UNAVAILABLE, "7")
    );
    assert_eq!(ask(get("/nowhere")).await?.0, 404);
    assert_eq!(ask(client.delete(format!("{url}/read")).bearer_auth("operator-token")).await?.0, 405);

    let post = |body: String| client.post(format!("{url}/repair")).bearer_auth("operator-token").body(body);
    let (status, body) = ask(post("[1, \"a\"]".to_owned())).await?;
    assert_eq!((status, &body["errors"][0]["field"]), (400, &json!("body")));
    assert!(body["detail"].as_str().is_some_and(|told| told.contains("line 1 column")), "{body}");
    let (status, body) = ask(post(r#"{"a":[{"b":"\u0000"}],"c":"\\u0000"}"#.to_owned())).await?;
    assert_eq!((status, &body["errors"][0]["field"], &body["errors"][1]), (400, &json!("a.b"), &Value::Null));
    assert_eq!(body["errors"][0]["problem"], "holds a NUL character (U+0000), which cannot be kept");
    let (status, body) = ask(get("/read?channel=%00")).await?;
    assert_eq!((status, &body["errors"][0]["field"]), (400, &json!("channel")));
    let (status, body) = ask(post(format!("[{}1]", "1,".repeat(64)))).await?;
    assert_eq!((status, &body["reason"]), (413, &json!("BODY_TOO_LARGE")));
    Ok(())
}

#[tokio::test]
async fn a_correlation_id_comes_back() -> anyhow::Result<()> {
    testkit::install_tls();
    let given = "0198c0de-0000-7000-8000-000000000001";
    let request = reqwest::Client::new().get(format!("{}/read", open().await?));
    let answer = request.bearer_auth("viewer-token").header("correlation-id", given).send().await?;
    assert_eq!(answer.headers()["correlation-id"].to_str()?, given);
    Ok(())
}

#[tokio::test]
async fn a_request_under_way_is_answered_before_the_end() -> anyhow::Result<()> {
    testkit::install_tls();
    let (lifecycle, (gate, wait)) = (Lifecycle::new(), watch::channel(false));
    let url = port(&lifecycle, wait.clone()).await?;
    let known = gate.receiver_count();
    let request = reqwest::Client::new().get(format!("{url}/wait")).bearer_auth("viewer-token");
    let under_way = tokio::spawn(request.send());
    testkit::eventually(LONG, "the request has arrived", async || {
        (gate.receiver_count() > known).then_some(())
    })
    .await?;
    lifecycle.stop();
    gate.send_replace(true);
    let ended = lifecycle.run_until_signal(LONG).await;
    assert_eq!(under_way.await??.status(), StatusCode::OK);
    assert_eq!(ended, std::process::ExitCode::SUCCESS);
    Ok(())
}
