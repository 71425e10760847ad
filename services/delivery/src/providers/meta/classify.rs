//! What Meta's answer to a message means. The code decides; HTTP statuses of codes changed over time and say little.

use std::time::Duration;

use crate::domain::causes::Cause;
use crate::domain::outcome::{Outcome, Trouble};
use crate::providers::exchange::Answer;
use crate::providers::meta::answer::{Said, message_id};
use crate::providers::meta::codes;
use crate::providers::scrub::scrub;

/// What is known about the message after this answer. `private` must not show in what is kept of it.
pub(super) fn sent(answer: &Answer, private: &[&str]) -> Outcome {
    if (200..300).contains(&answer.status)
        && let Some(provider_id) = message_id(answer)
    {
        return Outcome::Accepted { provider_id };
    }
    refused(answer, private).into()
}

/// What stands in the way, from an answer that is no yes.
pub(super) fn refused(answer: &Answer, private: &[&str]) -> Trouble {
    let said = Said::read(answer);
    let (cause, wait) = match (said.code, said.error_subcode) {
        // "Unsupported post request": under this id the key sees nothing.
        (Some(100), Some(33)) => (Cause::InstanceMissing, None),
        _ => classify(answer.status, said.code, said.is_transient),
    };
    Trouble {
        cause,
        code: Some(said.code.map_or_else(|| answer.status.to_string(), |code| code.to_string())),
        words: scrub(&said.words(), private),
        retry_after: answer.retry_after.max(wait),
    }
}

/// What a status `failed` with this code means. The message was not delivered, so nothing about it is open.
pub fn failed(code: &str) -> Trouble {
    let (cause, wait) = match code.parse() {
        Ok(number) => codes::cause(number).unwrap_or((Cause::UnknownRefusal, None)),
        Err(_) => (Cause::Glitch, None),
    };
    Trouble { code: Some(code.to_owned()), retry_after: wait, ..Trouble::new(cause.in_hindsight()) }
}

/// The table. `status` counts only where the code says nothing.
fn classify(status: u16, code: Option<i64>, is_transient: bool) -> (Cause, Option<Duration>) {
    if let Some(known) = code.and_then(codes::cause) {
        return known;
    }
    let cause = match status {
        200..300 => Cause::UnreadableAnswer,
        _ if code.is_some() && is_transient => Cause::ProviderError,
        429 => Cause::RateLimited,
        401 => Cause::KeyRefused,
        408 => Cause::UnclearRefusal,
        400..500 if code.is_some() => Cause::UnknownRefusal,
        // A refusal that broke off, or a page of something in front: which of the many it was is not known.
        400 | 422 => Cause::Glitch,
        402 | 403 | 407 | 451 => Cause::Forbidden,
        413 | 414 | 431 => Cause::TooLarge,
        // Whatever answers there is not the Graph.
        300..500 => Cause::WrongAddress,
        502..=504 => Cause::GatewayTimeout,
        _ => Cause::UnclearRefusal,
    };
    (cause, None)
}

#[cfg(test)]
mod tests;
