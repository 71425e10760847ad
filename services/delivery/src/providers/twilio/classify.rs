//! What Twilio's answer to a message means. The code decides; the words are for people.

use std::time::Duration;

use crate::domain::causes::Cause;
use crate::domain::outcome::{Outcome, Trouble};
use crate::providers::exchange::Answer;
use crate::providers::scrub::scrub;
use crate::providers::twilio::answer::{Said, failed_at_once, message_id};
use crate::providers::twilio::codes;
use crate::providers::twilio::recipient::is_north_american;

/// What is known about the message to `to` after this answer. `private` must not show in what is kept of it.
pub(super) fn sent(answer: &Answer, to: &str, private: &[&str]) -> Outcome {
    if (200..300).contains(&answer.status)
        && let Some(provider_id) = message_id(answer)
    {
        return match failed_at_once(answer) {
            Some(code) => failed(&code, to).into(),
            None => Outcome::Accepted { provider_id },
        };
    }
    refused(answer, to, private).into()
}

/// What stands in the way, from an answer that is no yes.
pub(super) fn refused(answer: &Answer, to: &str, private: &[&str]) -> Trouble {
    let said = Said::read(answer);
    let (cause, wait) = classify(answer.status, said.code, to);
    Trouble {
        cause,
        code: Some(said.code.map_or_else(|| answer.status.to_string(), |code| code.to_string())),
        words: scrub(&said.message, private),
        retry_after: answer.retry_after.max(wait),
    }
}

/// What a status `failed` or `undelivered` with this code means for the message to `to`. It was not delivered, so nothing
/// about it is open.
pub fn failed(code: &str, to: &str) -> Trouble {
    let (cause, wait) = match code.parse() {
        Ok(number) => codes::cause(number, is_north_american(to)).unwrap_or((Cause::UnknownRefusal, None)),
        Err(_) => (Cause::Glitch, None),
    };
    Trouble { code: Some(code.to_owned()), retry_after: wait, ..Trouble::new(cause.in_hindsight()) }
}

/// The table. `status` counts only where the code says nothing.
fn classify(status: u16, code: Option<i64>, to: &str) -> (Cause, Option<Duration>) {
    if (200..300).contains(&status) {
        return (Cause::UnreadableAnswer, None);
    }
    if let Some(known) = code.and_then(|code| codes::cause(code, is_north_american(to))) {
        return known;
    }
    let cause = match status {
        429 => Cause::RateLimited,
        401 => Cause::KeyRefused,
        402 | 403 | 407 | 451 => Cause::Forbidden,
        408 | 409 => Cause::UnclearRefusal,
        400..500 if code.is_some() => Cause::UnknownRefusal,
        // A refusal that broke off, or a page of something in front: which of the many it was is not known.
        400 | 422 => Cause::Glitch,
        413 | 414 | 431 => Cause::TooLarge,
        // Whatever answers there is not Twilio.
        300..500 => Cause::WrongAddress,
        502..=504 => Cause::GatewayTimeout,
        _ => Cause::UnclearRefusal,
    };
    (cause, None)
}

#[cfg(test)]
mod tests;
