//! The webhooks. Here are paths and status codes; what a request means is decided in `intake`.
//!
//! | Answer | When | What the provider does |
//! |---|---|---|
//! | 200 | everything in it is stored, ignored on purpose, or in quarantine | nothing more |
//! | 401 | it is not from whom it claims | Evolution gives up; Meta repeats it for days |
//! | 408, 413 | the sender was too slow, or the body too long | repeats it in vain |
//! | 503 | our own trouble, with `Retry-After` | repeats it (Twilio: only with `#rc=5&rp=all` in its URL) |

mod answer;
mod body;
mod door;
mod elsewhere;
mod evolution;
mod health;
mod meta;
pub mod metrics;
mod twilio;

use axum::Router;
use axum::extract::Request;
use axum::routing::{any, get, post};
use runtime::Front;

pub use door::{Door, Limits};

/// All routes. What is none of them is passed on to the process's front door, if there is one.
pub fn router(door: Door, front: Option<Front>) -> Router {
    Router::new()
        .route("/webhooks/evolution/{channel}", post(evolution::plain))
        .route("/webhooks/evolution/{channel}/{*rest}", post(evolution::with_rest))
        .route("/webhooks/meta", get(meta::handshake).post(meta::webhook))
        .route("/webhooks/twilio/{channel}", post(twilio::inbound))
        .route("/webhooks/twilio/{channel}/status", post(twilio::inbound))
        .route("/webhooks/twilio/{channel}/status/{message}", post(twilio::status))
        .route("/health", get(health::health))
        .route("/wa-webhook/health", get(health::health))
        .fallback(any(move |request: Request| elsewhere::elsewhere(front.clone(), request)))
        .method_not_allowed_fallback(answer::wrong_method)
        .with_state(door)
}
