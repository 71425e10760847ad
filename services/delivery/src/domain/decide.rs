//! The rules at send time. What was right when a message was enqueued may be wrong when its turn comes.

use jiff::Timestamp;

use crate::domain::causes::Cause;
use crate::domain::text::words;

/// Everything the rules look at, read at send time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Facts {
    /// Of no use from then on.
    pub not_after: Option<Timestamp>,
    /// When it was enqueued.
    pub created_at: Timestamp,
    /// Whether the customer's own message asked for it (its cause is a turn), and not a schedule or a campaign.
    pub prompted: bool,
    /// Since when the customer wants no messages.
    pub opted_out_at: Option<Timestamp>,
    /// What WhatsApp's window allows of it.
    pub window: Window,
    /// Whether calls are made at all (`ENABLE_WA_SEND`).
    pub sending: bool,
}

/// A message seen from the customer-service window; see [`crate::domain::window`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Window {
    /// It may go as it is: the window is open, there is none, or it is a template anyway.
    Fits,
    /// The window is closed, and the message names a template to go as instead.
    AsTemplate,
    /// The window is closed, and there is nothing else to say.
    Closed,
}

/// What to do with a message whose turn has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decision {
    /// Send it.
    Send,
    /// Send the template it names instead.
    SendAsTemplate,
    /// Do everything but the call.
    DryRun,
    /// Never send it: a rule forbids it.
    Skip(SkipReason),
    /// Never send it: it is too late.
    Expire(ExpireReason),
    /// Give it up: the provider would not take it, and a person should know.
    Refuse(Cause),
}

words! {
    /// Why a message was not sent although it could have been.
    pub enum SkipReason as "skip reason" {
        /// The customer wants no messages.
        OptedOut = "opted_out",
    }
}

words! {
    /// Why a message was too late.
    pub enum ExpireReason as "expire reason" {
        /// Its time had passed when its turn came.
        TooLate = "too_late",
        /// Its time will have passed before it can be tried again.
        TooLateToRetry = "too_late_to_retry",
    }
}

impl SkipReason {
    /// In the words of a report.
    pub const fn words(self) -> &'static str {
        match self {
            Self::OptedOut => "the customer asked for no more messages",
        }
    }
}

impl ExpireReason {
    /// In the words of a report.
    pub const fn words(self) -> &'static str {
        match self {
            Self::TooLate => "it was of no use any more when it could be sent",
            Self::TooLateToRetry => "it failed, and would have been of no use any more at the next try",
        }
    }
}

/// Applies the rules, first match wins: too late, unwanted, outside the window, switched off. What is not due yet, and what stands behind an
/// unknown outcome, is no head and does not come here.
pub fn decide(facts: &Facts, now: Timestamp) -> Decision {
    if facts.not_after.is_some_and(|not_after| not_after <= now) {
        return Decision::Expire(ExpireReason::TooLate);
    }
    if unwanted(facts) {
        return Decision::Skip(SkipReason::OptedOut);
    }
    match facts.window {
        Window::Closed => Decision::Refuse(Cause::WindowClosed),
        _ if !facts.sending => Decision::DryRun,
        Window::Fits => Decision::Send,
        Window::AsTemplate => Decision::SendAsTemplate,
    }
}

/// An opt-out stops what was enqueued before it and everything the business says by itself. What the customer's own
/// message asked for afterwards is an answer: the receipt of the opt-out itself, or a booking made later.
fn unwanted(facts: &Facts) -> bool {
    facts.opted_out_at.is_some_and(|opted_out| !facts.prompted || facts.created_at < opted_out)
}

#[cfg(test)]
mod tests {
    use jiff::SignedDuration;

    use super::*;

    const NOW: Timestamp = Timestamp::UNIX_EPOCH;

    fn at(seconds: i64) -> Timestamp {
        NOW + SignedDuration::from_secs(seconds)
    }

    fn plain() -> Facts {
        Facts {
            not_after: None,
            created_at: at(-10),
            prompted: true,
            opted_out_at: None,
            window: Window::Fits,
            sending: true,
        }
    }

    #[test]
    fn the_table() {
        use Decision::{DryRun, Expire, Refuse, Send, SendAsTemplate, Skip};
        let table = [
            ("nothing against it", plain(), Send),
            ("not_after is now", Facts { not_after: Some(at(0)), ..plain() }, Expire(ExpireReason::TooLate)),
            ("not_after to come", Facts { not_after: Some(at(1)), ..plain() }, Send),
            (
                "too late beats everything",
                Facts { not_after: Some(at(-1)), opted_out_at: Some(at(-5)), sending: false, ..plain() },
                Expire(ExpireReason::TooLate),
            ),
            (
                "opted out after it was enqueued",
                Facts { opted_out_at: Some(at(-9)), ..plain() },
                Skip(SkipReason::OptedOut),
            ),
            ("the receipt of the opt-out itself", Facts { opted_out_at: Some(at(-10)), ..plain() }, Send),
            ("an answer after an old opt-out", Facts { opted_out_at: Some(at(-99)), ..plain() }, Send),
            (
                "a reminder after an old opt-out",
                Facts { opted_out_at: Some(at(-99)), prompted: false, ..plain() },
                Skip(SkipReason::OptedOut),
            ),
            ("switched off", Facts { sending: false, ..plain() }, DryRun),
            ("its template instead", Facts { window: Window::AsTemplate, ..plain() }, SendAsTemplate),
            ("outside the window", Facts { window: Window::Closed, ..plain() }, Refuse(Cause::WindowClosed)),
            (
                "unwanted beats the window",
                Facts { window: Window::Closed, opted_out_at: Some(at(-9)), ..plain() },
                Skip(SkipReason::OptedOut),
            ),
            (
                "a template is switched off like everything else",
                Facts { window: Window::AsTemplate, sending: false, ..plain() },
                DryRun,
            ),
        ];
        for (name, facts, expected) in table {
            assert_eq!(decide(&facts, NOW), expected, "{name}");
        }
    }
}
