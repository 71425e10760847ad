//! The door for programs that speak plain HTTP. The same calls as over gRPC, in JSON; failures are problem details
//! (RFC 9457). Every request needs a token.
//!
//! | Request | gRPC |
//! |---|---|
//! | `GET /api/messages/{id}` | `MessageService/GetMessage` |

mod messages;
pub mod queue;
mod view;

use axum::Router;
use axum::routing::get;

use crate::grpc::Messages;

/// All routes.
pub fn router(messages: Messages) -> Router {
    Router::new().route("/api/messages/{id}", get(messages::show)).with_state(messages)
}
