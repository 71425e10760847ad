//! Why something was not sent, in words a receptionist understands: what happened, whose turn it is, what to do.

use crate::domain::class::RetryClass;
use crate::domain::text::words;

mod advice;

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
        /// The provider has no such instance or account.
        InstanceMissing = "instance_missing",
        /// Under the channel's address answers something that is not the provider.
        WrongAddress = "wrong_address",
        /// The channel names a provider this version does not know.
        ProviderUnknown = "provider_unknown",
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
        /// Too many messages to one customer in a short time.
        PairLimited = "pair_limited",
        /// The limit of the whole account, app or contract.
        AccountLimited = "account_limited",
        /// WhatsApp slows the number down for its quality.
        QualityLimited = "quality_limited",
        /// WhatsApp holds this kind of message back from this customer for now.
        HeldBack = "held_back",
        /// The template is paused or throttled.
        TemplatePaused = "template_paused",
        /// The number is being moved to another throughput; minutes.
        Maintenance = "maintenance",
        /// An error without a name, worth one more try.
        Glitch = "glitch",
        /// The file behind the link was not taken.
        MediaFailed = "media_failed",
        /// Not on WhatsApp, blocked us, an old app, terms not accepted: WhatsApp does not say which.
        Undeliverable = "undeliverable",
        /// The customer unsubscribed at the provider.
        Unsubscribed = "unsubscribed",
        /// The customer stopped marketing.
        MarketingStopped = "marketing_stopped",
        /// WhatsApp keeps this message from this customer: an experiment, a country, a rule about marketing.
        Excluded = "excluded",
        /// The message cannot go to a person who is known without a number.
        NumberNeeded = "number_needed",
        /// The customer's key changed and nobody confirmed it.
        IdentityChanged = "identity_changed",
        /// The provider kept it until it expired.
        ExpiredThere = "expired_there",
        /// The template is unknown, disabled, or its variables do not fit.
        TemplateRefused = "template_refused",
        /// The provider needs a template and the message names none for it.
        TemplateMissing = "template_missing",
        /// The channel names no template for the part the message plays.
        PartMissing = "part_missing",
        /// The template is paused, or not approved yet.
        TemplateResting = "template_resting",
        /// The template was rejected, disabled or deleted, or is unknown to the provider.
        TemplateNotApproved = "template_not_approved",
        /// Against the provider's policies.
        ContentRefused = "content_refused",
        /// A file of the customer could not be fetched by WhatsApp. Nothing of ours failed.
        CustomerMedia = "customer_media",
        /// A permanent refusal with a code nobody described.
        UnknownRefusal = "unknown_refusal",
        /// The row holds a content this version cannot read.
        UnreadableContent = "unreadable_content",
        /// The account owes money.
        PaymentRequired = "payment_required",
        /// The number, its name or its registration is not ready.
        SenderNotReady = "sender_not_ready",
        /// The provider refuses the address it is to report to.
        CallbackRefused = "callback_refused",
        /// Terms or policies stand against everything of this kind.
        PolicyBlocked = "policy_blocked",
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

/// The next step for a message that is still queued: there is nothing to replay, since it goes again by itself.
#[must_use]
pub fn while_queued(next_step: &str) -> String {
    match next_step.strip_suffix(", then replay") {
        Some(first) => format!("{first}; it is tried again by itself"),
        None => next_step.to_owned(),
    }
}

impl Cause {
    /// Tries beyond which trying again would be obstinacy, whatever the message's profile says.
    pub const fn most_tries(self) -> Option<u32> {
        match self {
            Self::Glitch | Self::MediaFailed => Some(2),
            _ => None,
        }
    }

    /// What it means when the provider says it after it had accepted the message: then the outcome is known.
    pub fn in_hindsight(self) -> Self {
        match RetryClass::of(self, None) {
            RetryClass::Ambiguous => Self::Glitch,
            _ => self,
        }
    }

    /// Whether it concerns every message of the channel.
    pub fn closes_a_door(self) -> bool {
        matches!(RetryClass::of(self, None), RetryClass::Auth { .. })
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
        for cause in Cause::ALL {
            let open = cause.advice().next_step.contains("only if it is not there");
            assert_eq!(open, RetryClass::of(*cause, None) == RetryClass::Ambiguous, "{cause}");
        }
    }
}
