//! What is no webhook: the process's other services answer for it, by their own rules, where they handed their routes to
//! the front door.

use axum::extract::Request;
use axum::response::{IntoResponse as _, Response};
use runtime::Front;
use tower::ServiceExt as _;

use super::answer;

/// Passes a request on to whoever answers for its path.
pub(super) async fn elsewhere(front: Option<Front>, request: Request) -> Response {
    match front.and_then(|front| front.who(request.uri().path())) {
        Some(routes) => routes.oneshot(request).await.into_response(),
        None => answer::nowhere(request.uri()),
    }
}
