//! Why something was not sent, in words a receptionist understands: what happened, whose turn it is, what to do.

use crate::domain::text::words;

words! {
    /// What stood between a message and the provider. Stored with attempts and dead letters, grouped by in reports.
    pub enum Cause as "cause" {
        /// No connection: refused, unknown host, failed encryption.
        Unreachable = "unreachable",
        /// Something in front of the provider answered for it: 502 or 503.
        Unavailable = "unavailable",
        /// The provider's own connection to WhatsApp is down.
        ConnectionClosed = "connection_closed",
        /// The provider knows the instance but has not started it.
        InstanceNotLoaded = "instance_not_loaded",
        /// The provider failed before it began to send.
        ProviderError = "provider_error",
        /// Too many calls.
        RateLimited = "rate_limited",
        /// The number has no WhatsApp account.
        NotOnWhatsApp = "not_on_whatsapp",
        /// The address is nothing this provider can send to.
        InvalidAddress = "invalid_address",
        /// The provider found the request malformed.
        InvalidRequest = "invalid_request",
        /// The content is larger than the provider takes.
        TooLarge = "too_large",
        /// The customer wrote too long ago for free text.
        WindowClosed = "window_closed",
        /// The provider refuses our key.
        KeyRefused = "key_refused",
        /// The key the channel refers to cannot be read.
        KeyMissing = "key_missing",
        /// The provider, or something in front of it, forbids the call.
        Forbidden = "forbidden",
        /// The provider has no such instance.
        InstanceMissing = "instance_missing",
        /// Under the channel's address answers something that is not the provider.
        WrongAddress = "wrong_address",
        /// Frontdesk cannot send through this provider yet.
        ProviderNotBuilt = "provider_not_built",
        /// The provider's software wants a licence.
        LicenceRequired = "licence_required",
        /// The phone's session ended.
        LoggedOut = "logged_out",
        /// WhatsApp blocked the number.
        Banned = "banned",
        /// A quota of the provider is used up.
        QuotaUsedUp = "quota_used_up",
        /// The request left, no whole answer came in time.
        NoAnswer = "no_answer",
        /// The answer says yes and lacks the message's id.
        UnreadableAnswer = "unreadable_answer",
        /// The provider reports an error it raises before and after sending alike.
        UnclearRefusal = "unclear_refusal",
        /// A proxy gave up waiting for the provider.
        GatewayTimeout = "gateway_timeout",
        /// Our process ended between the intent and the answer.
        Interrupted = "interrupted",
        /// Call after call broke off, and none reached the provider.
        BreaksOff = "breaks_off",
    }
}

words! {
    /// Whose turn it is.
    pub enum Owner as "owner" {
        /// Whoever talks to the customers.
        FrontDesk = "front_desk",
        /// Whoever runs Frontdesk and its channels.
        Operator = "operator",
        /// Whoever develops Frontdesk.
        Developer = "developer",
    }
}

/// What to tell a person.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Advice {
    /// What happened.
    pub words: &'static str,
    /// Whose turn it is.
    pub owner: Owner,
    /// What they should do.
    pub next_step: &'static str,
}

impl Advice {
    pub(crate) const fn new(words: &'static str, owner: Owner, next_step: &'static str) -> Self {
        Self { words, owner, next_step }
    }
}

impl Cause {
    /// What to tell a person about it.
    pub const fn advice(self) -> Advice {
        use Owner::{Developer, FrontDesk, Operator};
        let (words, owner, next_step) = match self {
            Self::Unreachable => (
                "the provider's server could not be reached",
                Operator,
                "check that the server runs and that the channel's address is right, then replay",
            ),
            Self::Unavailable => (
                "the provider's server was not available",
                Operator,
                "check the provider's server and the proxy in front of it, then replay",
            ),
            Self::ConnectionClosed => (
                "the provider has lost its connection to WhatsApp",
                Operator,
                "check the phone's internet and the instance; restart the instance if it stays closed",
            ),
            Self::InstanceNotLoaded => (
                "the provider has not started this instance",
                Operator,
                "restart the instance on the provider's server, then replay",
            ),
            Self::ProviderError => (
                "the provider failed before it began to send",
                Operator,
                "look at the provider's log for the time of the attempt, then replay",
            ),
            Self::RateLimited => (
                "the provider received more messages than it allows",
                Operator,
                "lower the channel's messages per second",
            ),
            Self::NotOnWhatsApp => (
                "the number is not on WhatsApp",
                FrontDesk,
                "call the customer, and correct the number if it is wrong",
            ),
            Self::InvalidAddress => (
                "the address is not a number or an account of WhatsApp",
                FrontDesk,
                "correct the customer's number, then replay",
            ),
            Self::InvalidRequest => (
                "the provider found the message malformed",
                Developer,
                "report it with the correlation id; a replay would fail in the same way",
            ),
            Self::TooLarge => (
                "the message is larger than the provider takes",
                Developer,
                "shorten the text, or report it with the correlation id",
            ),
            Self::WindowClosed => (
                "the customer's last message is more than 24 hours old, so free text is not allowed",
                FrontDesk,
                "call the customer, or send an approved template",
            ),
            Self::KeyRefused => (
                "the provider refuses the channel's key",
                Operator,
                "put the right key behind the channel's secret and apply the channel again",
            ),
            Self::KeyMissing => (
                "the channel's key could not be read",
                Operator,
                "set the environment variable or the file the channel's secret refers to",
            ),
            Self::Forbidden => (
                "the provider, or a proxy in front of it, forbids the call",
                Operator,
                "allow Frontdesk's address and key there",
            ),
            Self::InstanceMissing => (
                "the provider has no instance of the channel's name",
                Operator,
                "create the instance, or correct its name in the channel",
            ),
            Self::WrongAddress => (
                "under the channel's address answers something that is not the provider",
                Operator,
                "correct the channel's base_url; it must not redirect",
            ),
            Self::ProviderNotBuilt => (
                "Frontdesk cannot send through this provider yet",
                Operator,
                "move the customers to an Evolution channel, or wait for the release that sends through it",
            ),
            Self::LicenceRequired => (
                "the provider's server waits for its licence to be activated",
                Operator,
                "open the provider's manager and activate the licence",
            ),
            Self::LoggedOut => (
                "the number's WhatsApp session has ended",
                Operator,
                "pair the phone again by scanning the QR code",
            ),
            Self::Banned => (
                "WhatsApp has blocked the number",
                Operator,
                "appeal in the WhatsApp app, and do not reconnect before it is lifted",
            ),
            Self::QuotaUsedUp => (
                "the provider's quota is used up",
                Operator,
                "wait until the provider frees it, or raise it there",
            ),
            Self::NoAnswer => (
                "the message left, but the provider gave no whole answer, so nobody knows whether it was sent",
                FrontDesk,
                "look into the chat; send again only if it is not there",
            ),
            Self::UnreadableAnswer => (
                "the provider accepted the message without saying under which id",
                FrontDesk,
                "look into the chat; send again only if it is not there",
            ),
            Self::UnclearRefusal => (
                "the provider reported an error that can come before or after sending",
                FrontDesk,
                "look into the chat; send again only if it is not there",
            ),
            Self::GatewayTimeout => (
                "a proxy gave up waiting for the provider, so nobody knows whether the message was sent",
                FrontDesk,
                "look into the chat; send again only if it is not there",
            ),
            Self::Interrupted => (
                "Frontdesk stopped while the message was being sent, so nobody knows whether it was",
                FrontDesk,
                "look into the chat; send again only if it is not there",
            ),
            Self::BreaksOff => (
                "every call with this message broke off before the provider had it, so it may be what ends the sending process",
                Developer,
                "look into delivery's log at the times of the attempts, and report it with the correlation id before replaying it",
            ),
        };
        Advice::new(words, owner, next_step)
    }

    /// Whether it speaks about the provider's reachability rather than about one message. A row of these means an
    /// outage.
    pub const fn is_provider_down(self) -> bool {
        matches!(self, Self::Unreachable | Self::Unavailable | Self::GatewayTimeout | Self::NoAnswer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_cause_has_words_and_a_next_step_that_read_as_one_sentence() {
        for cause in Cause::ALL {
            let advice = cause.advice();
            for text in [advice.words, advice.next_step] {
                assert!(text.len() > 15 && !text.ends_with('.') && !text.contains('\n'), "{cause}: {text}");
            }
            assert_eq!(cause.as_str().parse(), Ok(*cause));
        }
    }

    #[test]
    fn what_nobody_knows_is_never_called_known() {
        use crate::domain::class::RetryClass;
        for cause in Cause::ALL {
            let open = cause.advice().next_step.contains("only if it is not there");
            assert_eq!(open, RetryClass::of(*cause, None) == RetryClass::Ambiguous, "{cause}");
        }
    }
}
