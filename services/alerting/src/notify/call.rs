//! One call of a receiver, and what is known of it afterwards.

use std::time::Duration;

use jiff::Timestamp;
use reqwest::Url;
use reqwest::header::{CONTENT_TYPE, RETRY_AFTER};
use serde_json::Value;
use uuid::Uuid;

use super::{Target, Targets, webhook};

/// How long a receiver may take.
const PATIENCE: Duration = Duration::from_secs(10);
/// Characters of an answer that are kept …
const KEPT: usize = 200;
/// … and bytes of it that are read.
const READ: usize = 1024;
/// A receiver may put us off for so long at a time: a person waits.
const LONGEST_PAUSE: Duration = Duration::from_secs(1800);

/// What is known of a call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Called {
    /// It arrived.
    Arrived,
    /// It did not: nothing left, or the receiver said no.
    Not {
        /// Why, in words; no address.
        why: String,
        /// When the receiver wants to be asked again.
        again: Option<Duration>,
    },
    /// It left, and no answer came.
    Unknown {
        /// Why, in words; no address.
        why: String,
    },
}

/// A client for all calls. Nothing ambient gets in: no proxy of the environment, no redirect followed.
///
/// # Errors
/// When there is no TLS.
pub fn client() -> Result<reqwest::Client, reqwest::Error> {
    let _ = rustls::crypto::ring::default_provider().install_default();
    reqwest::Client::builder()
        .connect_timeout(Duration::from_secs(5))
        .timeout(PATIENCE)
        .no_proxy()
        .redirect(reqwest::redirect::Policy::none())
        .user_agent(concat!("frontdesk/", env!("CARGO_PKG_VERSION")))
        .build()
}

/// Posts to a receiver. `perhaps_again`: a try before this one may have arrived, and the words say so.
pub async fn call(
    client: &reqwest::Client,
    targets: &Targets,
    target: Target,
    post: Uuid,
    body: &Value,
    perhaps_again: bool,
    now: Timestamp,
) -> Called {
    let Some(url) = targets.url(target) else {
        let why = format!("{} is not set, or no http address", target.setting());
        return Called::Not { why, again: None };
    };
    let words = if perhaps_again { marked(target, body) } else { body.clone() };
    let body = words.to_string();
    let mut request = client.post(url.clone()).header(CONTENT_TYPE, "application/json");
    if target == Target::Webhook {
        let seconds = now.as_second();
        request = request
            .header("webhook-id", post.to_string())
            .header("webhook-timestamp", seconds)
            .header("webhook-signature", webhook::signature(&targets.webhook_secret, post, seconds, &body));
    }
    match request.body(body).send().await {
        Ok(answer) => judged(answer, &url).await,
        // An address is a secret and stands in every error of the client.
        Err(error) if error.is_connect() || error.is_builder() => {
            Called::Not { why: format!("it cannot be reached: {}", root(&error.without_url())), again: None }
        }
        Err(error) => Called::Unknown { why: format!("no answer came: {}", root(&error.without_url())) },
    }
}

async fn judged(mut answer: reqwest::Response, url: &Url) -> Called {
    let status = answer.status();
    if status.is_success() {
        return Called::Arrived;
    }
    let again = answer.headers().get(RETRY_AFTER).and_then(|value| value.to_str().ok()?.parse().ok());
    let again = again.map(|seconds| Duration::from_secs(seconds).min(LONGEST_PAUSE));
    let mut body = Vec::new();
    while body.len() < READ
        && let Ok(Some(part)) = answer.chunk().await
    {
        body.extend_from_slice(&part[..part.len().min(READ - body.len())]);
    }
    let words = without_address(&String::from_utf8_lossy(&body), url);
    let words: String = words.chars().filter(|c| !c.is_control()).take(KEPT).collect();
    Called::Not { why: format!("it answers {status}: {words}"), again }
}

/// Servers like to say which path they do not know, and the path is what lets callers in.
fn without_address(words: &str, url: &Url) -> String {
    let parts = url.path_segments().into_iter().flatten().chain(url.query());
    parts.filter(|part| part.len() >= 4).fold(words.to_owned(), |words, part| words.replace(part, "…"))
}

/// Says that it may have been told before. A program knows it by `webhook-id`.
fn marked(target: Target, body: &Value) -> Value {
    let mut body = body.clone();
    if target == Target::Slack
        && let Some(text) = body.get("text").and_then(Value::as_str)
    {
        let text = format!("{text}\n_Perhaps told before: an earlier try got no answer._");
        body["text"] = text.into();
    }
    body
}

fn root(error: &reqwest::Error) -> String {
    let causes = std::iter::successors(std::error::Error::source(error), |cause| cause.source());
    causes.last().map_or_else(|| error.to_string(), ToString::to_string)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_receiver_answers_is_kept_without_its_address() {
        let url: Url = "https://hooks.example/services/T0001/x7Yq9?key=sesame".parse().unwrap();
        let kept = without_address("Cannot POST /services/T0001/x7Yq9?key=sesame, ask hooks.example", &url);
        assert_eq!(kept, "Cannot POST /…/…/…?…, ask hooks.example");
    }
}
