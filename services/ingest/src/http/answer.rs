//! Answers, in the provider's language. Twilio sends the text of a `text/plain` answer to the customer, so nothing on its
//! routes ever is one.

use axum::response::{IntoResponse as _, Response};
use http::header::{CONTENT_TYPE, RETRY_AFTER};
use http::{HeaderName, HeaderValue, StatusCode, Uri};
use serde_json::json;

use super::door::Limits;
use crate::intake::Taken;
use crate::providers::{Forged, Provider};
use crate::statistics::Outcome;

/// How a webhook is answered.
#[derive(Debug)]
pub(super) enum Answer {
    Taken(Taken),
    Forged(Forged),
    TooLarge,
    CutShort,
    Unavailable,
}

impl Answer {
    pub const fn outcome(&self) -> Outcome {
        match self {
            Self::Taken(_) => Outcome::Accepted,
            Self::Forged(_) => Outcome::Forged,
            Self::TooLarge => Outcome::TooLarge,
            Self::CutShort => Outcome::CutShort,
            Self::Unavailable => Outcome::Unavailable,
        }
    }

    const fn status(&self) -> StatusCode {
        match self {
            Self::Taken(_) => StatusCode::OK,
            Self::Forged(_) => StatusCode::UNAUTHORIZED,
            Self::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::CutShort => StatusCode::REQUEST_TIMEOUT,
            Self::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
        }
    }

    pub fn into_response(self, provider: Provider, limits: &Limits) -> Response {
        let status = self.status();
        let mut response = match provider {
            Provider::Twilio => twiml(status),
            Provider::Evolution | Provider::Meta => (status, [JSON], self.text(limits)).into_response(),
        };
        if status == StatusCode::SERVICE_UNAVAILABLE {
            let seconds = limits.retry_after.as_secs().max(1);
            response.headers_mut().insert(RETRY_AFTER, HeaderValue::from(seconds));
        }
        response
    }

    /// For the person who tries it with curl.
    fn text(&self, limits: &Limits) -> String {
        match self {
            Self::Taken(taken) => serde_json::to_string(taken).unwrap_or_default(),
            Self::Forged(why) => error(&format!("{why}; check the webhook's secret")),
            Self::TooLarge => error(&format!(
                "the body is longer than {} bytes; send less, or raise ingest.body_limit",
                limits.body
            )),
            Self::CutShort => error("the body did not arrive in time; send it again"),
            Self::Unavailable => error("it cannot be stored now; send it again"),
        }
    }
}

const JSON: (HeaderName, &str) = (CONTENT_TYPE, "application/json");

fn error(text: &str) -> String {
    json!({ "error": text }).to_string()
}

/// An empty TwiML document: nothing to say to the customer.
fn twiml(status: StatusCode) -> Response {
    (status, [(CONTENT_TYPE, "text/xml")], "<Response/>").into_response()
}

/// There is no such address.
pub(super) fn nowhere(uri: &Uri) -> Response {
    for_path(uri, StatusCode::NOT_FOUND, "there is no such address; webhooks are below /webhooks/")
}

/// The address takes another method.
pub(super) async fn wrong_method(uri: Uri) -> Response {
    for_path(&uri, StatusCode::METHOD_NOT_ALLOWED, "webhooks are sent with POST")
}

fn for_path(uri: &Uri, status: StatusCode, text: &str) -> Response {
    if uri.path().starts_with("/webhooks/twilio") {
        twiml(status)
    } else {
        (status, [JSON], error(text)).into_response()
    }
}
