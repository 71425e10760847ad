//! The rules at send time. What was right when a message was enqueued may be wrong when its turn comes.

use std::time::Duration;

use jiff::Timestamp;

use crate::domain::text::words;

/// So long before the end of the 24 hours free text stops: clocks differ, and a message may wait at the provider.
pub const WINDOW_MARGIN: Duration = Duration::from_secs(5 * 60);

/// Everything the rules look at, read at send time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Facts {
    /// Not to be sent before.
    pub not_before: Option<Timestamp>,
    /// Of no use from then on.
    pub not_after: Option<Timestamp>,
    /// When it was enqueued.
    pub created_at: Timestamp,
    /// Whether the customer's own message asked for it (its cause is a turn), and not a schedule or a campaign.
    pub prompted: bool,
    /// Since when the customer wants no messages.
    pub opted_out_at: Option<Timestamp>,
    /// Whether the provider takes free text for this customer.
    pub window: Window,
    /// An earlier message of the same conversation and lane may or may not have been sent; evidence is looked for
    /// until then. Sending on could say things twice or out of order.
    pub unknown_before: Option<Timestamp>,
    /// Whether calls are made at all (`ENABLE_WA_SEND`).
    pub sending: bool,
}

/// The provider's rule about free text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Window {
    /// There is none (Evolution).
    NotNeeded,
    /// Free text is allowed until 24 hours after the customer's last message.
    Until(Timestamp),
    /// The customer never wrote.
    NeverOpened,
}

/// What to do with a message whose turn has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decision {
    /// Send it.
    Send,
    /// Do everything but the call.
    DryRun,
    /// Never send it: a rule forbids it.
    Skip(SkipReason),
    /// Never send it: it is too late.
    Expire(ExpireReason),
    /// Ask again then. Costs no try.
    Hold {
        /// When to ask again.
        until: Timestamp,
        /// What it waits for.
        reason: HoldReason,
    },
}

words! {
    /// Why a message was not sent although it could have been.
    pub enum SkipReason as "skip reason" {
        /// The customer wants no messages.
        OptedOut = "opted_out",
        /// Free text is not allowed outside the window, and there is no template for it.
        WindowClosed = "window_closed",
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

words! {
    /// What a message waits for.
    pub enum HoldReason as "hold reason" {
        /// It is not to be sent yet.
        NotYet = "not_yet",
        /// An earlier message's outcome.
        UnknownBefore = "unknown_before",
    }
}

impl SkipReason {
    /// In the words of a report.
    pub const fn words(self) -> &'static str {
        match self {
            Self::OptedOut => "the customer asked for no more messages",
            Self::WindowClosed => "the customer's last message is more than 24 hours old",
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

/// Applies the rules, first match wins: too late, unwanted, too early, behind an unknown, not allowed, switched off.
pub fn decide(facts: &Facts, now: Timestamp) -> Decision {
    if facts.not_after.is_some_and(|not_after| not_after <= now) {
        return Decision::Expire(ExpireReason::TooLate);
    }
    if unwanted(facts) {
        return Decision::Skip(SkipReason::OptedOut);
    }
    if let Some(until) = facts.not_before.filter(|not_before| *not_before > now) {
        return hold(facts, until, HoldReason::NotYet);
    }
    if let Some(until) = facts.unknown_before.filter(|until| *until > now) {
        return hold(facts, until, HoldReason::UnknownBefore);
    }
    let free_text = match facts.window {
        Window::NotNeeded => true,
        Window::Until(end) => end.checked_sub(WINDOW_MARGIN).is_ok_and(|end| now < end),
        Window::NeverOpened => false,
    };
    if !free_text {
        return Decision::Skip(SkipReason::WindowClosed);
    }
    if facts.sending { Decision::Send } else { Decision::DryRun }
}

/// An opt-out stops what was enqueued before it and everything the business says by itself. What the customer's own
/// message asked for afterwards is an answer: the receipt of the opt-out itself, or a booking made later.
fn unwanted(facts: &Facts) -> bool {
    facts.opted_out_at.is_some_and(|opted_out| !facts.prompted || facts.created_at < opted_out)
}

/// Looked at again no later than its end, so that a message which waits in vain is reported in time.
fn hold(facts: &Facts, until: Timestamp, reason: HoldReason) -> Decision {
    Decision::Hold { until: facts.not_after.map_or(until, |not_after| until.min(not_after)), reason }
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
            not_before: None,
            not_after: None,
            created_at: at(-10),
            prompted: true,
            opted_out_at: None,
            window: Window::NotNeeded,
            unknown_before: None,
            sending: true,
        }
    }

    #[test]
    fn the_table() {
        use Decision::{DryRun, Expire, Hold, Send, Skip};
        let free_text_ends = at(WINDOW_MARGIN.as_secs() as i64);
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
            (
                "too early",
                Facts { not_before: Some(at(60)), ..plain() },
                Hold { until: at(60), reason: HoldReason::NotYet },
            ),
            (
                "too early for its whole life",
                Facts { not_before: Some(at(60)), not_after: Some(at(30)), ..plain() },
                Hold { until: at(30), reason: HoldReason::NotYet },
            ),
            ("early enough", Facts { not_before: Some(at(0)), ..plain() }, Send),
            (
                "behind an unknown",
                Facts { unknown_before: Some(at(90)), ..plain() },
                Hold { until: at(90), reason: HoldReason::UnknownBefore },
            ),
            ("the unknown stays unknown", Facts { unknown_before: Some(at(0)), ..plain() }, Send),
            ("inside the window", Facts { window: Window::Until(at(3600)), ..plain() }, Send),
            (
                "minutes before its end",
                Facts { window: Window::Until(free_text_ends), ..plain() },
                Skip(SkipReason::WindowClosed),
            ),
            ("never wrote", Facts { window: Window::NeverOpened, ..plain() }, Skip(SkipReason::WindowClosed)),
            ("switched off", Facts { sending: false, ..plain() }, DryRun),
        ];
        for (name, facts, expected) in table {
            assert_eq!(decide(&facts, NOW), expected, "{name}");
        }
    }
}
