//! The door for programs that speak plain HTTP. The same calls as over gRPC, in JSON; failures are problem details
//! (RFC 9457). Every request needs a token.
//!
//! | Request | gRPC |
//! |---|---|
//! | `POST /api/messages` | `SendService/SendMessage` |
//! | `GET /api/messages/{id}` | `MessageService/GetMessage` |
//! | `DELETE /api/messages/{id}` | `SendService/CancelMessage` |

mod messages;
pub mod queue;
mod view;

use axum::Router;
use axum::routing::{get, post};

use crate::grpc::Messages;
use crate::send::Sender;

/// What of this port is answered at the process's front door, too: all of it.
pub const PATHS: [&str; 4] = ["/api/messages", "/api/queue", "/api/webhooks", "/admin/streams"];

/// What the routes stand on.
#[derive(Clone, Debug)]
pub struct Doors {
    /// Sends and takes back.
    pub sender: Sender,
    /// Looks.
    pub messages: Messages,
}

/// All routes.
pub fn router(doors: Doors) -> Router {
    Router::new()
        .route("/api/messages", post(messages::send))
        .route("/api/messages/{id}", get(messages::show).delete(messages::cancel))
        .with_state(doors)
}
