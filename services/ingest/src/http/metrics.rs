//! `GET /metrics` and `GET /wa-webhook/metrics`: what the admin port shows, on the public port for those who have a token.

use axum::Router;
use axum::extract::Extension;
use axum::http::HeaderMap;
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;
use rpc::{Caller, Role};

/// Both paths.
pub const PATHS: [&str; 2] = ["/metrics", "/wa-webhook/metrics"];

/// Both routes; they need the token of a role that may look.
pub fn router() -> Router {
    Router::new().route("/metrics", get(text_first)).route("/wa-webhook/metrics", get(json_first))
}

async fn text_first(Extension(caller): Extension<Caller>, headers: HeaderMap) -> Response {
    match caller.may(Role::Viewer) {
        Ok(()) => runtime::admin::metrics(headers).await,
        Err(refused) => refused.into_response(),
    }
}

async fn json_first(Extension(caller): Extension<Caller>, headers: HeaderMap) -> Response {
    match caller.may(Role::Viewer) {
        Ok(()) => runtime::admin::metrics_json(headers).await,
        Err(refused) => refused.into_response(),
    }
}
