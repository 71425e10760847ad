//! Failures over plain HTTP: problem details as RFC 9457 has them.

use axum::response::{IntoResponse, Response};
use http::header::{CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE};
use http::{HeaderValue, StatusCode};
use serde_json::{Value, json};

use crate::failure::Kind;
use crate::{Failure, status};

/// Why a request was not granted, as its answer says it.
///
/// `type` names the reason and never changes; `title` is the same for all of that status; `detail` says what is wrong and
/// what to do; `errors` does so for each field.
#[derive(Debug)]
pub(crate) struct Problem {
    status: StatusCode,
    body: Value,
    retry_after: Option<u64>,
}

impl Problem {
    pub(crate) fn new(status: StatusCode, reason: &str, detail: impl Into<String>) -> Self {
        let body = json!({
            "type": format!("urn:frontdesk:problem:{}", reason.to_lowercase().replace('_', "-")),
            "title": status.canonical_reason(),
            "status": status.as_u16(),
            "detail": detail.into(),
            "reason": reason,
        });
        Self { status, body, retry_after: None }
    }

    fn with(mut self, field: &str, value: impl Into<Value>) -> Self {
        if let Some(body) = self.body.as_object_mut() {
            body.entry(field).or_insert(value.into());
        }
        self
    }
}

impl From<Failure> for Problem {
    fn from(failure: Failure) -> Self {
        let of = |status, detail: String| Self::new(status, failure.reason, detail);
        let told = failure.to_string();
        let mut problem = match &failure.kind {
            Kind::Invalid(violations) => {
                let errors: Vec<Value> = violations
                    .iter()
                    .map(
                        |each| json!({ "field": each.field, "problem": each.problem, "remedy": each.remedy }),
                    )
                    .collect();
                of(StatusCode::BAD_REQUEST, told).with("errors", errors)
            }
            Kind::NotFound { .. } => of(StatusCode::NOT_FOUND, told),
            Kind::Precondition { problem, remedy } | Kind::Conflict { problem, remedy } => {
                of(StatusCode::CONFLICT, told)
                    .with("problem", problem.as_str())
                    .with("remedy", remedy.as_str())
            }
            Kind::Exhausted { retry_after, .. } => {
                Self { retry_after: Some(retry_after.as_secs()), ..of(StatusCode::TOO_MANY_REQUESTS, told) }
            }
            Kind::Unavailable { retry_after, .. } => {
                Self { retry_after: Some(retry_after.as_secs()), ..of(StatusCode::SERVICE_UNAVAILABLE, told) }
            }
            Kind::Unauthenticated { .. } => of(StatusCode::UNAUTHORIZED, told),
            Kind::Forbidden { .. } => of(StatusCode::FORBIDDEN, told),
            Kind::TooLate => of(StatusCode::GATEWAY_TIMEOUT, told),
            Kind::Internal(source) => {
                let (reference, told) = status::refer(source.as_ref());
                of(StatusCode::INTERNAL_SERVER_ERROR, told).with("reference", reference)
            }
        };
        for (key, value) in failure.metadata {
            problem = problem.with(key, value);
        }
        problem
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let mut response = (self.status, self.body.to_string()).into_response();
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        if self.status == StatusCode::UNAUTHORIZED {
            headers.insert(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        if let Some(seconds) = self.retry_after {
            headers.insert(RETRY_AFTER, HeaderValue::from(seconds.max(1)));
        }
        response
    }
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        Problem::from(self).into_response()
    }
}
