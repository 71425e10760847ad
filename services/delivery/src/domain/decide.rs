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
    /// It is quiet until then; `None` for what somebody waits for.
    pub quiet_until: Option<Timestamp>,
    /// Until then nobody knows whether the same words have reached the same customer already.
    pub twin_until: Option<Timestamp>,
    /// The provider would refuse another message to this customer before.
    pub pair_until: Option<Timestamp>,
    /// It begins a conversation, and its channel's number has begun as many today as it should.
    pub cold_until: Option<Timestamp>,
    /// It is a repetition, and its channel has repeated as much as it should.
    pub repeat_until: Option<Timestamp>,
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
    /// Not before then. No try is counted.
    Wait {
        /// When it may go.
        until: Timestamp,
        /// Which rule.
        why: WaitReason,
    },
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
    /// Why a message waits although its turn has come.
    pub enum WaitReason as "wait reason" {
        /// The business keeps quiet at this hour.
        QuietHours = "quiet_hours",
        /// The same words may have reached the customer already.
        TwinUnknown = "twin_unknown",
        /// The number is new and has begun as many conversations today as it should.
        WarmUp = "warm_up",
        /// As many messages as the provider takes went to this customer.
        Paced = "paced",
        /// A fifth of the channel's calls were repetitions.
        RetryShare = "retry_share",
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

impl WaitReason {
    /// In the words of a report.
    pub const fn words(self) -> &'static str {
        match self {
            Self::QuietHours => "it is waiting for the end of the quiet hours",
            Self::TwinUnknown => "the same words may have arrived already; it is waiting until that is known",
            Self::WarmUp => {
                "the number is new and has written to as many strangers today as is safe; it is waiting"
            }
            Self::Paced => {
                "the customer got as many messages as the provider takes at a time; it is waiting for its turn"
            }
            Self::RetryShare => {
                "many calls of this channel fail, and a fifth of them were repetitions; it is waiting to be repeated"
            }
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

/// Applies the rules, first match wins: too late, unwanted, quiet hours, outside the window, switched off, may have been said
/// already, too many to this customer. What is not due yet, and what stands behind an unknown outcome, is no head and does not
/// come here.
pub fn decide(facts: &Facts, now: Timestamp) -> Decision {
    if facts.not_after.is_some_and(|not_after| not_after <= now) {
        return Decision::Expire(ExpireReason::TooLate);
    }
    if unwanted(facts) {
        return Decision::Skip(SkipReason::OptedOut);
    }
    // At its own end it is looked at again, and found too late.
    let wait = |until: Timestamp, why| Decision::Wait {
        until: facts.not_after.map_or(until, |end| end.min(until)),
        why,
    };
    if let Some(until) = facts.quiet_until {
        return wait(until, WaitReason::QuietHours);
    }
    let paced = facts.twin_until.map(|until| wait(until, WaitReason::TwinUnknown));
    let paced = paced.or_else(|| facts.pair_until.map(|until| wait(until, WaitReason::Paced)));
    let paced = paced.or_else(|| facts.cold_until.map(|until| wait(until, WaitReason::WarmUp)));
    let paced = paced.or_else(|| facts.repeat_until.map(|until| wait(until, WaitReason::RetryShare)));
    match (facts.window, paced) {
        (Window::Closed, _) => Decision::Refuse(Cause::WindowClosed),
        _ if !facts.sending => Decision::DryRun,
        (_, Some(wait)) => wait,
        (Window::Fits, None) => Decision::Send,
        (Window::AsTemplate, None) => Decision::SendAsTemplate,
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
            quiet_until: None,
            twin_until: None,
            pair_until: None,
            cold_until: None,
            repeat_until: None,
            sending: true,
        }
    }

    #[test]
    fn the_table() {
        use Decision::{DryRun, Expire, Refuse, Send, SendAsTemplate, Skip, Wait};
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
                "quiet hours beat the window",
                Facts { quiet_until: Some(at(60)), window: Window::Closed, ..plain() },
                Wait { until: at(60), why: WaitReason::QuietHours },
            ),
            (
                "quiet beyond its use: looked at again when that ends",
                Facts { quiet_until: Some(at(60)), not_after: Some(at(30)), ..plain() },
                Wait { until: at(30), why: WaitReason::QuietHours },
            ),
            (
                "said already, perhaps",
                Facts { twin_until: Some(at(9)), pair_until: Some(at(5)), ..plain() },
                Wait { until: at(9), why: WaitReason::TwinUnknown },
            ),
            (
                "a stranger too many",
                Facts { cold_until: Some(at(5)), ..plain() },
                Wait { until: at(5), why: WaitReason::WarmUp },
            ),
            (
                "too many to one customer",
                Facts { pair_until: Some(at(5)), window: Window::AsTemplate, ..plain() },
                Wait { until: at(5), why: WaitReason::Paced },
            ),
            (
                "one repetition too many",
                Facts { repeat_until: Some(at(2)), ..plain() },
                Wait { until: at(2), why: WaitReason::RetryShare },
            ),
            (
                "nobody is called, so nobody is paced",
                Facts { pair_until: Some(at(5)), sending: false, ..plain() },
                DryRun,
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
