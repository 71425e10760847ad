//! Failures on the wire: every status that is not OK carries an `ErrorInfo`, and what else its code calls for.

use std::collections::HashMap;

use http::HeaderMap;
use tonic::{Code, Status};
use tonic_types::{ErrorDetails, StatusExt};
use uuid::Uuid;

use crate::Failure;
use crate::failure::Kind;

/// Who speaks, as `ErrorInfo` wants it.
const DOMAIN: &str = "frontdesk";
/// Bytes of a status's message, each of which may become three on the wire; the details hold the whole.
const LONGEST_MESSAGE: usize = 1200;

impl From<Failure> for Status {
    fn from(failure: Failure) -> Self {
        let mut details = ErrorDetails::new();
        let mut metadata: HashMap<String, String> =
            failure.metadata.iter().map(|(key, value)| ((*key).to_owned(), value.clone())).collect();
        let mut message = failure.to_string();
        let code = match &failure.kind {
            Kind::Invalid(violations) => {
                for violation in violations {
                    let description = format!("{}; {}", violation.problem, violation.remedy);
                    details.add_bad_request_violation(&violation.field, description);
                }
                Code::InvalidArgument
            }
            Kind::NotFound { what, id } => {
                details.set_resource_info(*what, id, "", message.clone());
                Code::NotFound
            }
            Kind::Precondition { .. } => {
                let subject = failure.metadata.get("id").cloned().unwrap_or_default();
                details.add_precondition_failure_violation(failure.reason, subject, message.clone());
                Code::FailedPrecondition
            }
            Kind::Conflict { .. } => Code::Aborted,
            Kind::Exhausted { retry_after, .. } => {
                details.set_retry_info(Some(*retry_after));
                Code::ResourceExhausted
            }
            Kind::Unavailable { retry_after, .. } => {
                details.set_retry_info(Some(*retry_after));
                Code::Unavailable
            }
            Kind::Unauthenticated { .. } => Code::Unauthenticated,
            Kind::Forbidden { .. } => Code::PermissionDenied,
            Kind::TooLate => Code::DeadlineExceeded,
            Kind::Internal(source) => {
                let (reference, told) = refer(source.as_ref());
                message = told;
                metadata.insert("reference".to_owned(), reference);
                Code::Internal
            }
        };
        details.set_error_info(failure.reason, DOMAIN, metadata);
        message.truncate(message.floor_char_boundary(LONGEST_MESSAGE));
        Status::with_error_details(code, message, details)
    }
}

/// Gives a status that was not made by a [`Failure`] (by the library, or by hand) what all others have. `None` when
/// there is nothing to add.
pub(crate) fn completed(headers: &HeaderMap) -> Option<Status> {
    let status = Status::from_header_map(headers)?;
    if status.code() == Code::Ok || !status.details().is_empty() {
        return None;
    }
    let mut details = ErrorDetails::new();
    details.set_error_info(name(status.code()), DOMAIN, HashMap::new());
    Some(Status::with_error_details(status.code(), status.message(), details))
}

/// Logs our own mistake under a reference, and says to the caller what it is.
pub(crate) fn refer(source: &(dyn std::error::Error + 'static)) -> (String, String) {
    let reference = Uuid::new_v4().to_string();
    tracing::error!(reference, cause = chain(source), "call failed by our own mistake");
    let told = format!("something went wrong on our side; report the reference {reference}");
    (reference, told)
}

/// An error and what caused it, in one line.
fn chain(error: &(dyn std::error::Error + 'static)) -> String {
    let causes = std::iter::successors(Some(error), |error| error.source());
    causes.map(ToString::to_string).collect::<Vec<_>>().join(": ")
}

/// The code as gRPC spells it.
pub(crate) fn name(code: Code) -> &'static str {
    match code {
        Code::Ok => "OK",
        Code::Cancelled => "CANCELLED",
        Code::Unknown => "UNKNOWN",
        Code::InvalidArgument => "INVALID_ARGUMENT",
        Code::DeadlineExceeded => "DEADLINE_EXCEEDED",
        Code::NotFound => "NOT_FOUND",
        Code::AlreadyExists => "ALREADY_EXISTS",
        Code::PermissionDenied => "PERMISSION_DENIED",
        Code::ResourceExhausted => "RESOURCE_EXHAUSTED",
        Code::FailedPrecondition => "FAILED_PRECONDITION",
        Code::Aborted => "ABORTED",
        Code::OutOfRange => "OUT_OF_RANGE",
        Code::Unimplemented => "UNIMPLEMENTED",
        Code::Internal => "INTERNAL",
        Code::Unavailable => "UNAVAILABLE",
        Code::DataLoss => "DATA_LOSS",
        Code::Unauthenticated => "UNAUTHENTICATED",
    }
}
