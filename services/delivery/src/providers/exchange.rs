//! One request and its answer, bounded in time and size.

use std::error::Error;

use bytes::Bytes;
use reqwest::header::{CONTENT_TYPE, HeaderValue};
use reqwest::{RequestBuilder, Response};
use serde::Serialize;
use std::time::Duration;
use tokio::time::{Instant, timeout_at};

use crate::domain::causes::Cause;
use crate::domain::outcome::Trouble;
use crate::providers::departure::watched;
use crate::providers::retry_after::retry_after;
use crate::providers::scrub::scrub;

/// The largest answer that is read. Providers answer with a few kilobytes.
pub(super) const LARGEST_ANSWER: usize = 256 * 1024;

/// What came back.
#[derive(Debug)]
pub(super) struct Answer {
    /// The HTTP status.
    pub status: u16,
    /// How long we are asked to wait.
    pub retry_after: Option<Duration>,
    /// The body, or `None` when it broke off, was too large, or was not complete by the deadline.
    pub body: Option<Bytes>,
}

/// A request's body in one of the forms providers read.
#[derive(Debug)]
pub(super) enum Payload {
    /// JSON.
    Json(Vec<u8>),
    /// Names and values as a browser's form sends them.
    Form(Vec<u8>),
}

/// Sends a body. Without an answer the trouble is [`Cause::Unreachable`] when nothing left, and
/// [`Cause::NoAnswer`] when something may have.
pub(super) async fn post(
    request: RequestBuilder,
    payload: Payload,
    deadline: Instant,
) -> Result<Answer, Trouble> {
    let (kind, bytes) = match payload {
        Payload::Json(bytes) => ("application/json", bytes),
        Payload::Form(bytes) => ("application/x-www-form-urlencoded", bytes),
    };
    let (body, departure) = watched(bytes.into());
    let request =
        request.header(CONTENT_TYPE, HeaderValue::from_static(kind)).body(reqwest::Body::wrap(body));
    match answered(request, deadline).await {
        Ok(response) => Ok(read(response, deadline).await),
        Err(words) if departure.call_off() => Err(Trouble::because(Cause::Unreachable, words)),
        Err(words) => Err(Trouble::because(Cause::NoAnswer, words)),
    }
}

/// JSON of a value.
pub(super) fn json(value: &impl Serialize) -> Result<Payload, Trouble> {
    serde_json::to_vec(value).map(Payload::Json).map_err(|error| {
        let words = format!("the request could not be written: {:?}", error.classify());
        Trouble::because(Cause::InvalidRequest, words)
    })
}

/// Asks a question that changes nothing on the other side.
pub(super) async fn get(request: RequestBuilder, deadline: Instant) -> Result<Answer, Trouble> {
    match answered(request, deadline).await {
        Ok(response) => Ok(read(response, deadline).await),
        Err(words) => Err(Trouble::because(Cause::Unreachable, words)),
    }
}

async fn answered(request: RequestBuilder, deadline: Instant) -> Result<Response, String> {
    match timeout_at(deadline, request.send()).await {
        Ok(Ok(response)) => Ok(response),
        Ok(Err(error)) => Err(innermost(&error)),
        Err(_) => Err("no answer by the deadline".to_owned()),
    }
}

async fn read(mut response: Response, deadline: Instant) -> Answer {
    let (status, retry_after) = (response.status().as_u16(), retry_after(response.headers()));
    let mut body = Vec::new();
    let whole = async {
        while let Some(chunk) = response.chunk().await.ok()? {
            if body.len() + chunk.len() > LARGEST_ANSWER {
                return None;
            }
            body.extend_from_slice(&chunk);
        }
        Some(())
    };
    let whole = timeout_at(deadline, whole).await.ok().flatten();
    Answer { status, retry_after, body: whole.map(|()| body.into()) }
}

/// The root of an error: "connection refused" instead of "error sending request".
fn innermost(error: &reqwest::Error) -> String {
    let mut root: &dyn Error = error;
    while let Some(source) = root.source() {
        root = source;
    }
    scrub(&root.to_string(), &[])
}
