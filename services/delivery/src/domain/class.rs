//! What a failure means for the outbox.
//!
//! The classes are those every provider's error table is written in. A [`Cause`] belongs to exactly one of them.

use std::time::Duration;

use crate::domain::causes::Cause;
use crate::domain::door::Why;
use crate::domain::text::words;

/// How long to slow down when a provider says "too often" and not for how long.
pub const DEFAULT_RATE_WAIT: Duration = Duration::from_secs(1);

const MINUTE: Duration = Duration::from_secs(60);

const HOUR: Duration = Duration::from_secs(60 * 60);

/// What to do after a failure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RetryClass {
    /// Passing, and known not sent: the same again, later.
    Retry,
    /// Not accepted because of a limit: wait at least that long, and slow all of `scope`.
    Rate {
        /// The least to wait.
        wait: Duration,
        /// What the limit counts.
        scope: Scope,
    },
    /// This content to this recipient will never succeed as it is.
    Perm,
    /// Permanent for free text; an approved template could succeed.
    PermTemplate,
    /// Credentials, permission, billing or set-up: the channel stops, a person is told, messages stay queued.
    Auth {
        /// Why the channel's door closes.
        door: Why,
    },
    /// It may have been sent: find out before anything else.
    Ambiguous,
}

words! {
    /// What a provider's limit counts.
    pub enum Scope as "rate scope" {
        /// The sending number.
        Channel = "channel",
        /// One sending number and one recipient.
        Recipient = "recipient",
        /// Everything under one contract with the provider.
        Account = "account",
        /// Everything of one template.
        Template = "template",
    }
}

impl RetryClass {
    /// The word for rows and metric labels.
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::Retry => "retry",
            Self::Rate { .. } => "rate",
            Self::Perm => "perm",
            Self::PermTemplate => "perm_template",
            Self::Auth { .. } => "auth",
            Self::Ambiguous => "ambiguous",
        }
    }

    /// The class of a cause. `retry_after` is what the provider asked for; it counts only with a limit, and only when
    /// it is longer than the least wait for that limit.
    pub fn of(cause: Cause, retry_after: Option<Duration>) -> Self {
        let rate =
            |least: Duration, scope| Self::Rate { wait: retry_after.unwrap_or(least).max(least), scope };
        match cause {
            Cause::Unreachable
            | Cause::Unavailable
            | Cause::ConnectionClosed
            | Cause::InstanceNotLoaded
            | Cause::ProviderError
            | Cause::Maintenance
            | Cause::Glitch
            | Cause::MediaFailed => Self::Retry,
            Cause::RateLimited => rate(DEFAULT_RATE_WAIT, Scope::Channel),
            Cause::PairLimited => rate(DEFAULT_RATE_WAIT, Scope::Recipient),
            Cause::AccountLimited => rate(MINUTE, Scope::Account),
            Cause::QualityLimited => rate(2 * HOUR, Scope::Channel),
            Cause::HeldBack => rate(24 * HOUR, Scope::Recipient),
            Cause::TemplatePaused | Cause::TemplateResting => rate(HOUR, Scope::Template),
            Cause::NotOnWhatsApp
            | Cause::InvalidAddress
            | Cause::InvalidRequest
            | Cause::TooLarge
            | Cause::BreaksOff
            | Cause::Undeliverable
            | Cause::Unsubscribed
            | Cause::MarketingStopped
            | Cause::Excluded
            | Cause::NumberNeeded
            | Cause::IdentityChanged
            | Cause::ExpiredThere
            | Cause::TemplateRefused
            | Cause::TemplateMissing
            | Cause::PartMissing
            | Cause::TemplateNotApproved
            | Cause::ContentRefused
            | Cause::CustomerMedia
            | Cause::UnknownRefusal
            | Cause::UnreadableContent => Self::Perm,
            Cause::WindowClosed => Self::PermTemplate,
            Cause::KeyRefused
            | Cause::KeyMissing
            | Cause::Forbidden
            | Cause::InstanceMissing
            | Cause::WrongAddress
            | Cause::ProviderUnknown
            | Cause::PaymentRequired
            | Cause::SenderNotReady
            | Cause::CallbackRefused
            | Cause::PolicyBlocked => Self::Auth { door: Why::Credentials(cause) },
            Cause::LicenceRequired => Self::Auth { door: Why::LicenceRequired },
            Cause::LoggedOut => Self::Auth { door: Why::LoggedOut },
            Cause::Banned => Self::Auth { door: Why::Banned },
            Cause::QuotaUsedUp => Self::Auth { door: Why::Quota },
            Cause::NoAnswer
            | Cause::UnreadableAnswer
            | Cause::UnclearRefusal
            | Cause::GatewayTimeout
            | Cause::Interrupted => Self::Ambiguous,
        }
    }
}
