//! Language models: what is asked, what comes back, and the wire formats in which that happens.

mod answer;
mod error;
pub mod openai;
mod request;

use std::fmt::Debug;

use futures_util::future::BoxFuture;

pub use answer::{Answer, Arguments, Call, Stop, Usage};
pub use error::{Class, ModelError, Phase};
pub use request::{Message, Request, ToolSpec};

/// An endpoint that completes conversations. Not ours to start, so it is a trait; tests script it.
pub trait Model: Debug + Send + Sync {
    /// The endpoint's name in metrics and logs: from configuration, no secret in it.
    fn name(&self) -> &str;

    /// One request, one answer. Makes exactly one attempt: repeating is for whoever knows how much time is left.
    fn complete<'a>(&'a self, request: &'a Request) -> BoxFuture<'a, Result<Answer, ModelError>>;
}
