//! The port for operators and the cluster: `/livez`, `/readyz`, `/metrics`.

use std::net::SocketAddr;

use anyhow::Context;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use serde_json::json;
use tokio::net::TcpListener;

use crate::{Lifecycle, Readiness, telemetry};

/// Opens the port and serves it until the process ends. Returns the address, which tells the port when 0 was asked.
pub async fn serve(
    addr: SocketAddr,
    readiness: Readiness,
    lifecycle: Lifecycle,
) -> anyhow::Result<SocketAddr> {
    let listener = TcpListener::bind(addr)
        .await
        .with_context(|| format!("cannot open the admin port {addr}; another process may have it"))?;
    let bound = listener.local_addr().context("cannot read the admin port's address")?;
    // Probes must be answered while the process drains, so this listens until the cut.
    let cut = lifecycle.cut();
    let tasks = lifecycle.clone();
    let app = router(readiness, lifecycle);
    tasks.spawn_unawaited("admin", async move {
        axum::serve(listener, app).with_graceful_shutdown(cut.cancelled_owned()).await.context("admin port")
    });
    Ok(bound)
}

/// The routes alone, for a program that has a port already.
pub fn router(readiness: Readiness, lifecycle: Lifecycle) -> Router {
    Router::new()
        .route("/livez", get(|| async { "alive\n" }))
        .route("/readyz", get(readyz))
        .route("/metrics", get(metrics))
        .with_state((readiness, lifecycle))
}

async fn readyz(State((readiness, lifecycle)): State<(Readiness, Lifecycle)>) -> Response {
    let mut closed = readiness.closed();
    if lifecycle.stopping().is_cancelled() {
        closed.insert("process", "it is stopping; send work to another replica".to_owned());
    }
    let status = if closed.is_empty() { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    (status, Json(json!({ "ready": closed.is_empty(), "closed": closed }))).into_response()
}

/// Prometheus' text; JSON for those who accept that.
pub async fn metrics(headers: HeaderMap) -> Response {
    if accepts(&headers, "application/json") { as_json() } else { as_text() }
}

/// JSON; Prometheus' text for those who accept that.
pub async fn metrics_json(headers: HeaderMap) -> Response {
    if accepts(&headers, "text/plain") { as_text() } else { as_json() }
}

fn accepts(headers: &HeaderMap, kind: &str) -> bool {
    let accepted = headers.get(header::ACCEPT).and_then(|accepted| accepted.to_str().ok());
    accepted.is_some_and(|accepted| accepted.contains(kind))
}

fn as_json() -> Response {
    Json(telemetry::as_json(&telemetry::render_metrics())).into_response()
}

fn as_text() -> Response {
    ([(header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")], telemetry::render_metrics())
        .into_response()
}

#[cfg(test)]
mod tests {
    use axum::body::{Body, to_bytes};
    use axum::http::Request;
    use tower::ServiceExt;

    use super::*;

    async fn ready(
        readiness: &Readiness,
        lifecycle: &Lifecycle,
    ) -> anyhow::Result<(StatusCode, serde_json::Value)> {
        let request = Request::get("/readyz").body(Body::empty())?;
        let answer = router(readiness.clone(), lifecycle.clone()).oneshot(request).await?;
        let status = answer.status();
        Ok((status, serde_json::from_slice(&to_bytes(answer.into_body(), 4096).await?)?))
    }

    #[tokio::test]
    async fn every_closed_latch_is_named_with_its_cause() -> anyhow::Result<()> {
        let (readiness, lifecycle) = (Readiness::new(), Lifecycle::new());
        let database = readiness.latch("database");
        let (status, body) = ready(&readiness, &lifecycle).await?;
        assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE);
        assert_eq!(body, json!({ "ready": false, "closed": { "database": "not started yet" } }));
        database.open();
        assert_eq!(ready(&readiness, &lifecycle).await?.0, StatusCode::OK);
        database.close("no answer; check that it runs");
        let (_, body) = ready(&readiness, &lifecycle).await?;
        assert_eq!(body["closed"]["database"], "no answer; check that it runs");
        Ok(())
    }

    #[tokio::test]
    async fn metrics_are_text_unless_json_is_asked_for() -> anyhow::Result<()> {
        for (accept, kind) in [("*/*", "text/plain"), ("application/json", "application/json")] {
            let request = Request::get("/metrics").header(header::ACCEPT, accept).body(Body::empty())?;
            let answer = router(Readiness::new(), Lifecycle::new()).oneshot(request).await?;
            let told = answer.headers().get(header::CONTENT_TYPE).and_then(|told| told.to_str().ok());
            assert!(told.is_some_and(|told| told.starts_with(kind)), "{told:?}");
        }
        Ok(())
    }

    #[tokio::test]
    async fn a_stopping_process_is_not_ready_but_alive() -> anyhow::Result<()> {
        let (readiness, lifecycle) = (Readiness::new(), Lifecycle::new());
        lifecycle.stop();
        let (status, body) = ready(&readiness, &lifecycle).await?;
        assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE);
        assert!(body["closed"]["process"].is_string());
        let request = Request::get("/livez").body(Body::empty())?;
        assert_eq!(router(readiness, lifecycle).oneshot(request).await?.status(), StatusCode::OK);
        Ok(())
    }
}
