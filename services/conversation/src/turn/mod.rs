//! One turn: what came in is read, routed, and answered with a draft. Nothing here writes: a draft is committed by
//! `worker`, as a whole or not at all.
//!
//! `route` decides, purely and in a fixed order. Most routes are answered by `flows` without a model; the rest goes to
//! `agent`, whose model can only ask for `tools`. Whatever a model says in its own words passes `claim_guard`; whatever
//! commits the business to something is rendered from records by `texts`.

mod after_refusal;
mod agent;
mod answer;
pub mod breaker;
mod budget;
mod button;
mod calls;
mod card;
pub mod claim_guard;
mod claims;
mod compose;
mod context;
mod findings;
mod flows;
mod freeze;
mod injection;
mod metrics;
mod offer;
mod plain;
pub mod ports;
mod prompt;
mod question;
mod reading;
pub mod redact;
mod route;
mod taps;
mod tools;
mod two_bots;

pub use after_refusal::after_refusal;
pub use answer::{answer, apologise, asks_a_model, is_patient, moment, wants_history};
pub use metrics::describe as describe_metrics;
pub use ports::Ports;
pub use route::{Ai, route};
