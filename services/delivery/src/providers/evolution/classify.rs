//! What an answer to `sendText` means.
//!
//! 201 says that the message was written to the socket, nothing more. Errors before the send step are known
//! refusals; the send step itself wraps whatever happens in it, before or after the writing, in a 400 that starts
//! with the error's name. Those stay unknown, and so does a 500 in which the server does not speak for itself.

use serde::Deserialize;

use crate::domain::causes::Cause;
use crate::domain::outcome::{Outcome, Trouble};
use crate::providers::evolution::answer::Said;
use crate::providers::exchange::Answer;
use crate::providers::scrub::scrub;

/// Sentences with which Evolution refuses a request before it looks at it.
const REFUSALS: [&str; 4] = ["is required", "requires property", "cannot be empty", "not provided"];

/// The longest id that is believed; WhatsApp's have up to 32 characters.
const LONGEST_ID: usize = 128;

#[derive(Deserialize)]
struct Sent {
    key: Key,
}

#[derive(Deserialize)]
struct Key {
    id: String,
}

/// What is known about the message after this answer. `private` must not show in what is kept of it.
pub(super) fn sent(answer: &Answer, private: &[&str]) -> Outcome {
    let said = Said::read(answer);
    let cause = if (200..300).contains(&answer.status) {
        match message_id(answer) {
            Some(provider_id) => return Outcome::Accepted { provider_id },
            None => yes_without_id(&said),
        }
    } else {
        refusal(answer.status, &said)
    };
    trouble(answer, &said, cause, private).into()
}

/// What stands in the way of a question (`findMessages`, `connectionState`) that was not answered with a 200.
pub(super) fn unanswered(answer: &Answer, private: &[&str]) -> Trouble {
    let said = Said::read(answer);
    let cause = match answer.status {
        200..300 => yes_without_id(&said),
        status => refusal(status, &said),
    };
    trouble(answer, &said, cause, private)
}

fn trouble(answer: &Answer, said: &Said, cause: Cause, private: &[&str]) -> Trouble {
    Trouble {
        cause,
        code: Some(answer.status.to_string()),
        words: scrub(&said.texts.join("; "), private),
        retry_after: answer.retry_after,
    }
}

fn message_id(answer: &Answer) -> Option<String> {
    let sent: Sent = serde_json::from_slice(answer.body.as_deref()?).ok()?;
    Some(sent.key.id).filter(|id| is_id(id))
}

/// Ids are short and printable; anything else could not be stored or matched.
pub(super) fn is_id(id: &str) -> bool {
    (1..=LONGEST_ID).contains(&id.len()) && id.bytes().all(|byte| byte.is_ascii_graphic())
}

/// A success that names no message: empty, cut off, or a failure in disguise.
fn yes_without_id(said: &Said) -> Cause {
    match channel_is_down(said) {
        Some(cause) if said.is_error => cause,
        _ => Cause::UnreadableAnswer,
    }
}

fn refusal(status: u16, said: &Said) -> Cause {
    match status {
        400 => bad_request(said),
        401 => Cause::KeyRefused,
        // The server names the instance; a proxy, or a wrong path, does not.
        404 if said.mentions("instance") && said.mentions("does not exist") => Cause::InstanceMissing,
        408 | 409 => Cause::UnclearRefusal,
        413 | 414 | 431 => Cause::TooLarge,
        422 => Cause::InvalidRequest,
        402 | 403 | 407 | 451 => Cause::Forbidden,
        429 => Cause::RateLimited,
        // Evolution raises none of these itself, so the call never reached it.
        300..500 => Cause::WrongAddress,
        500 => server_error(said),
        503 if said.licence_required => Cause::LicenceRequired,
        502 | 503 => Cause::Unavailable,
        // 504 from a proxy that waited; others from servers nobody described.
        _ => Cause::GatewayTimeout,
    }
}

/// The guards and the existence check, which come before the send step, raise bare sentences. An error that was wrapped, and
/// a page that is not the server's own, may come from anywhere.
fn server_error(said: &Said) -> Cause {
    if is_not_loaded(said) {
        return Cause::InstanceNotLoaded;
    }
    match channel_is_down(said) {
        Some(cause) => cause,
        None if said.texts.is_empty() => Cause::GatewayTimeout,
        // Perhaps just what keeps the list failed: its silence proves nothing.
        None if said.begins_with_an_error() => Cause::UnclearRefusal,
        None => Cause::ProviderError,
    }
}

fn bad_request(said: &Said) -> Cause {
    if said.not_on_whatsapp {
        return Cause::NotOnWhatsApp;
    }
    if let Some(cause) = channel_is_down(said) {
        return cause;
    }
    let names_an_error = said.mentions("Error");
    let is_refusal = said.is_validation || REFUSALS.iter().any(|sentence| said.mentions(sentence));
    if is_refusal && !names_an_error { Cause::InvalidRequest } else { Cause::UnclearRefusal }
}

/// The server's own connection is at fault, and nothing was written to it.
fn channel_is_down(said: &Said) -> Option<Cause> {
    said.mentions("Connection Closed").then_some(Cause::ConnectionClosed)
}

/// What the server says when it has no such instance in memory. The send step says the same of its own defects, wrapped in a
/// 400: those may come after the writing.
fn is_not_loaded(said: &Said) -> bool {
    said.mentions("Cannot read properties of undefined")
}
