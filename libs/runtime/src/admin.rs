//! The port for operators and the cluster: `/livez`, `/readyz`, `/metrics`.

use std::net::SocketAddr;

use anyhow::Context;
use axum::extract::State;
use axum::http::{StatusCode, header};
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

async fn metrics() -> Response {
    ([(header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")], telemetry::render_metrics())
        .into_response()
}
