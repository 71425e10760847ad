#![doc = include_str!("../README.md")]

pub mod admin;
pub mod command;
mod front;
mod jobs;
mod lifecycle;
mod needs;
mod readiness;
mod service;
pub mod telemetry;

pub use front::Front;
pub use jobs::{Job, Jobs, Run};
pub use lifecycle::Lifecycle;
pub use needs::Needs;
pub use readiness::{Latch, Readiness};
pub use service::{BoxFuture, Service};
